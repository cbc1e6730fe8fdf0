package import Domain

extension MemoryRecord: ObservationRecord {
    package func note(_ markers: [OutcomeMarker], now: Timestamp) async throws(RecordError) {
        with { model in
            for marker in markers { model.markers[marker.observer] = max(marker.value, model.markers[marker.observer] ?? marker.value) }
        }
    }

    package func lastMarker(of observer: String) async throws(RecordError) -> Int64? { with { $0.markers[observer] } }
}
