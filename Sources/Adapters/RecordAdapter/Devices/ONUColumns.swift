import Domain
import Postgres

/// Observations as arrays, one per column; an ONU that was observed twice counts as it was observed last.
struct ONUColumns: Sendable {
    private let rows: [ONUObservation]

    init(_ observations: [ONUObservation]) {
        var places: [String: Int] = [:]
        var rows: [ONUObservation] = []
        for observation in observations {
            if let place = places[observation.index] {
                rows[place] = observation
            } else {
                places[observation.index] = rows.count
                rows.append(observation)
            }
        }
        self.rows = rows
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Index to firmware, in the order of the statement that writes them.
    var values: [PostgresValue] {
        [
            .texts(rows.map(\.index.withoutZero)), text(\.port), .int32s(rows.map { $0.onuID.map(Int32.init(truncatingIfNeeded:)) }),
            text(\.serial), text(\.mac), text(\.name), text(\.description), .int16s(rows.map { $0.adminStatus?.rawValue }),
            .int16s(rows.map { $0.runStatus?.rawValue }), .doubles(rows.map(\.distanceMetres)), .doubles(rows.map(\.rxOnuDbm)),
            .doubles(rows.map(\.txOnuDbm)), .doubles(rows.map(\.rxOltDbm)), .doubles(rows.map(\.temperatureCelsius)),
            .doubles(rows.map(\.voltageVolts)), .doubles(rows.map(\.biasMilliamps)), text(\.lastDownCause),
            .int16s(rows.map { $0.downClass?.rawValue }), text(\.model), text(\.firmware),
        ]
    }

    /// What a device calls its ONUs may hold a zero byte; an ONU is not lost for it.
    private func text(_ column: KeyPath<ONUObservation, String?>) -> PostgresValue {
        .texts(rows.map { $0[keyPath: column]?.withoutZero })
    }
}
