//! What every backend must do. A backend's own tests call [`run`] on fresh, empty databases.
//!
//! The tests share these databases: each begins with empty collections, but with a feed that goes on.
#![expect(clippy::unwrap_used, reason = "a test suite")]

mod aggregates;
mod claims;
mod clock;
mod documents;
mod facts;
mod feed;
mod given;
mod histories;
mod ids;
mod listening;
mod listening_histories;
mod naive;
mod numbers;
mod operations;
mod paging;
mod preconditions;
mod queries;
mod random;
mod random_queries;
mod replay;
mod subcollections;
mod texts;
mod transactions;
mod transforms;
mod watching;

use std::sync::Arc;

use crate::{Backend, Store};

macro_rules! each {
    ($store:ident: $($test:path,)+) => {$(
        tracing::debug!(test = stringify!($test), "contract");
        given::clear($store).await;
        Box::pin($test($store)).await;
    )+};
}

/// Runs the whole suite. Needs a runtime of several threads.
///
/// # Panics
/// When the backend breaks the contract.
pub async fn run(backends: [Arc<dyn Backend>; 3]) {
    let store = &Store::new(backends, facts::reactions);
    each! { store:
        documents::reads_what_was_written,
        documents::documents_have_at_most_one_mebibyte,
        documents::a_batch_may_be_large,
        documents::what_cannot_be_read_is_said_so,
        documents::databases_are_apart,
        documents::bad_batches_are_refused,
        ids::ids_are_told_apart_and_ordered_by_bytes,
        ids::the_same_content_has_one_id_and_new_ids_sort_by_time,
        preconditions::each_holds_or_refuses,
        preconditions::a_batch_is_all_or_nothing,
        preconditions::one_of_many_wins,
        transforms::fields_change_alone,
        transforms::an_absent_document_comes_into_being,
        transforms::no_change_is_lost_among_many,
        transforms::server_time_is_plausible_and_never_goes_back,
        facts::facts_leave_their_tasks,
        facts::counts_add_up,
        queries::each_test_finds_its_documents,
        queries::absent_values_are_null,
        queries::several_values_find_a_document_once,
        queries::orders_run_in_their_directions,
        queries::queries_without_an_index_are_refused,
        queries::questions_of_another_kind_are_refused,
        paging::pages_of_every_size_run_both_ways,
        paging::cursors_bound_a_window,
        paging::cursors_outlive_their_documents,
        subcollections::messages_lie_under_their_chats,
        subcollections::collection_groups_span_all_parents,
        aggregates::counts_and_sums_span_all_pages,
        aggregates::sums_know_their_numbers,
        texts::texts_survive_and_are_ordered_by_bytes,
        texts::indexed_texts_have_a_limit,
        numbers::integers_have_their_whole_range,
        numbers::reals_are_exact,
        transactions::transfers_keep_the_sum,
        transactions::write_skew_is_impossible,
        transactions::whatever_was_read_holds_until_the_commit,
        transactions::phantoms_make_it_run_again,
        transactions::reading_alone_sees_one_moment,
        transactions::what_a_transaction_may_not_do_is_refused,
        claims::each_task_is_claimed_once,
        claims::claims_keep_the_order,
        claims::recorded_collections_are_not_claimed,
        random_queries::random_queries_find_what_the_model_finds,
        histories::random_histories_are_serializable,
        feed::the_feed_tells_every_change_in_order,
        feed::entries_tell_what_was_and_what_is,
        feed::a_page_knows_its_place_in_the_feed,
        feed::a_trimmed_feed_says_so,
    }
    listen(store).await;
}

/// Runs the part of it that is about listeners.
///
/// # Panics
/// As [`run`].
pub async fn run_listening(backends: [Arc<dyn Backend>; 3]) {
    listen(&Store::new(backends, facts::reactions)).await;
}

async fn listen(store: &Store) {
    each! { store:
        listening::first_the_result_then_each_commit,
        listening::documents_come_as_their_type,
        listening::tokens_resume_without_loss_or_repetition,
        listening::what_is_no_token_of_the_query_is_refused,
        listening::what_nobody_can_listen_to_is_refused,
        listening::others_follow_into_a_window,
        listening::who_is_slow_catches_up,
        listening::thousands_hear_every_change,
        listening::who_comes_after_a_trim_begins_anew,
        listening::other_databases_are_not_heard,
        listening_histories::listeners_replay_what_happened,
    }
}
