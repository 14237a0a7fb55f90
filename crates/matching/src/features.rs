/// Adds to a sorted list of distinct values and keeps the `cap` smallest. Whether the list changed.
///
/// Keeping the smallest of a union makes it commutative, associative and idempotent.
pub(crate) fn unite<T: Ord + Clone>(list: &mut Vec<T>, more: &[T], cap: usize) -> bool {
    let mut changed = false;
    for value in more {
        if let Err(at) = list.binary_search(value)
            && at < cap
        {
            list.insert(at, value.clone());
            list.truncate(cap);
            changed = true;
        }
    }
    changed
}

/// [`unite`] with one value, if there is one.
pub(crate) fn note<T: Ord + Clone>(list: &mut Vec<T>, value: Option<T>, cap: usize) -> bool {
    value.is_some_and(|value| unite(list, &[value], cap))
}

#[cfg(test)]
mod tests {
    use super::unite;

    #[test]
    fn keeps_the_smallest_in_order() {
        let mut list = vec![2, 5];
        assert!(unite(&mut list, &[9, 1, 5], 3));
        assert_eq!(list, [1, 2, 5]);
        assert!(!unite(&mut list, &[9, 5, 2], 3));
    }
}
