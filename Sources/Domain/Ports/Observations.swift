/// What remembers what was observed of the broker: how far the outcomes were read.
package protocol ObservationRecord: Sendable {
    /// Notes markers that came back; the caller has recorded everything before them.
    func note(_ markers: [OutcomeMarker], now: Timestamp) async throws(RecordError)

    /// The largest value of an observer that has come back; `nil`: none yet.
    func lastMarker(of observer: String) async throws(RecordError) -> Int64?
}
