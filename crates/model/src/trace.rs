use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::hash_hex;

/// What ties everything that follows from one address in one run together: it travels in every task's payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// The run that it counts towards.
    #[schemars(extend("x-references" = "pipeline.runs"))]
    pub run_id: String,
    /// One id from the address to the index: 32 lower-case hexadecimal digits, or empty.
    pub trace_id: String,
    /// The span that goes on here, 16 lower-case hexadecimal digits: of a stored task, that of its cause. Empty where the
    /// trace begins.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub span_id: String,
}

impl Trace {
    /// The trace that begins with these parts. The same parts begin the same one.
    pub fn begin(run_id: &str, parts: &[&str]) -> Self {
        let trace_id = hash_hex(&[&["trace", run_id], parts].concat(), 16);
        Self { run_id: run_id.to_owned(), trace_id, span_id: String::new() }
    }

    /// The trace of a caller's `traceparent` header; one that is absent or malformed begins a trace of its own.
    pub fn of_caller(traceparent: Option<&str>, run_id: &str, parts: &[&str]) -> Self {
        let begun = Self::begin(run_id, parts);
        match traceparent.and_then(parse) {
            Some((trace_id, span_id)) => Self { trace_id: trace_id.to_owned(), span_id: span_id.to_owned(), ..begun },
            None => begun,
        }
    }

    /// The same trace in the span that begins with these parts.
    #[must_use]
    pub fn span(&self, parts: &[&str]) -> Self {
        let span_id = hash_hex(&[&["span", &self.trace_id[..]], parts].concat(), 8);
        Self { span_id, ..self.clone() }
    }

    /// The header that carries the trace to others (W3C Trace Context, section 3.2), always sampled.
    pub fn traceparent(&self) -> String {
        let trace_id = match is_hex(&self.trace_id, 32) {
            true => self.trace_id.clone(),
            // Stored before ids had this form.
            false => hash_hex(&["trace", &self.run_id, &self.trace_id], 16),
        };
        let span_id = match is_hex(&self.span_id, 16) {
            true => self.span_id.clone(),
            false => hash_hex(&["span", &trace_id], 8),
        };
        format!("00-{trace_id}-{span_id}-01")
    }
}

/// The ids of the trace and of the caller's span.
fn parse(header: &str) -> Option<(&str, &str)> {
    let mut parts = header.trim().split('-');
    let (version, trace_id, span_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // A later version may say more behind the flags.
    let complete = match version {
        "00" => parts.next().is_none(),
        version => version != "ff" && version.len() == 2 && version.bytes().all(is_digit),
    };
    let valid =
        complete && is_hex(trace_id, 32) && is_hex(span_id, 16) && flags.len() == 2 && flags.bytes().all(is_digit);
    valid.then_some((trace_id, span_id))
}

fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// All zeros is no id.
fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(is_digit) && text.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::Trace;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_caller_s_trace_goes_on() {
        let trace = Trace::of_caller(Some(HEADER), "run", &["x"]);
        assert_eq!(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.traceparent(), HEADER);
        let inner = trace.span(&["task"]);
        assert_eq!((&inner.trace_id, &inner.run_id), (&trace.trace_id, &trace.run_id));
        assert_ne!(inner.span_id, trace.span_id);
        assert_eq!(Trace::of_caller(Some(&inner.traceparent()), "run", &[]), inner);
        let later = format!("cc-{}-00-more", &HEADER[3..52]);
        assert_eq!(Trace::of_caller(Some(&later), "run", &[]).span_id, "00f067aa0ba902b7");
    }

    #[test]
    fn what_is_malformed_begins_a_trace() {
        let begun = Trace::begin("run", &["x"]);
        assert_eq!((begun.trace_id.len(), begun.span_id.as_str()), (32, ""));
        assert_eq!(begun, Trace::begin("run", &["x"]));
        assert_ne!(begun.trace_id, Trace::begin("run", &["y"]).trace_id);
        for header in [
            "",
            "00",
            &HEADER[..54],
            &HEADER.to_uppercase(),
            &format!("{HEADER}-more"),
            &format!("ff{}", &HEADER[2..]),
            &HEADER.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &HEADER.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &HEADER.replace("4bf9", "ünf"),
        ] {
            assert_eq!(Trace::of_caller(Some(header), "run", &["x"]), begun, "{header}");
        }
        assert_eq!(Trace::of_caller(None, "run", &["x"]), begun);
    }

    #[test]
    fn an_id_of_before_is_carried_on_in_the_new_form() {
        let old = Trace { run_id: "r".to_owned(), trace_id: "0123456789abcdefghjkmnpq".to_owned(), ..Trace::default() };
        assert_eq!(old.traceparent().len(), 55);
        assert_eq!(Trace::of_caller(Some(&old.traceparent()), "r", &[]).traceparent(), old.traceparent());
    }
}
