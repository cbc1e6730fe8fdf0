import Domain
import HTTPTypes
import Hummingbird

extension Request {
    /// The draft with the trace of the request's header `traceparent`.
    ///
    /// One that cannot be read is ignored, as W3C Trace Context asks for, and told to `bad`.
    func traced(_ draft: TaskDraft, bad: () -> Void) -> TaskDraft {
        guard let name = HTTPField.Name("traceparent"), let text = headers[name] else { return draft }
        guard let trace = TraceParent(text) else {
            bad()
            return draft
        }
        var draft = draft
        draft.traceParent = trace
        return draft
    }
}
