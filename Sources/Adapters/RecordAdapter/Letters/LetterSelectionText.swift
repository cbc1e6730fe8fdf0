import Domain
import Postgres
import Wire

/// A batch's filter as it is kept: JSON, so that it can be read beside the batch.
enum LetterSelectionText {
    static func write(_ filter: LetterFilter) -> String {
        var fields: Payload = [:]
        fields["state"] = filter.state.map { .text($0.rawValue) }
        fields["reason"] = filter.reason.map { .text($0.rawValue) }
        fields["kind"] = filter.kind.map { .text($0.withoutZero) }
        fields["class"] = filter.taskClass.map { .text($0.word) }
        fields["errorClass"] = filter.errorClass.map { .text($0.withoutZero) }
        fields["olt"] = filter.olt.map { .text("\($0.value)") }
        fields["diedBefore"] = filter.diedBefore.map { .text("\($0.microseconds)") }
        fields["diedFrom"] = filter.diedFrom.map { .text("\($0.microseconds)") }
        fields["text"] = filter.text.map { .text($0.withoutZero) }
        return PayloadJSON.encode(fields)
    }

    static func read(_ fields: Payload) -> LetterFilter {
        func time(_ name: String) -> Timestamp? { fields[name]?.text.flatMap { Int64($0) }.map(Timestamp.init(microseconds:)) }
        var filter = LetterFilter()
        filter.state = fields["state"]?.text.flatMap(LetterState.init)
        filter.reason = fields["reason"]?.text.flatMap(LetterReason.init)
        filter.kind = fields["kind"]?.text
        filter.taskClass = fields["class"]?.text.flatMap(TaskClass.init(word:))
        filter.errorClass = fields["errorClass"]?.text
        filter.olt = fields["olt"]?.text.flatMap { Int64($0) }.map(OLTID.init)
        filter.diedBefore = time("diedBefore")
        filter.diedFrom = time("diedFrom")
        filter.text = fields["text"]?.text
        return filter
    }
}
