import DeviceAdapter
import Domain

/// An inspection as `--json` shows it.
struct InspectionShape: Encodable {
    struct ONU: Encodable {
        let index: String
        let port: String?
        let onuId: Int?
        let serial: String?
        let mac: String?
        let name: String?
        let description: String?
        let model: String?
        let firmware: String?
        let adminStatus: String?
        let runStatus: String
        let rxOnuDbm: Double?
        let txOnuDbm: Double?
        let rxOltDbm: Double?
        let distanceM: Double?
        let temperatureC: Double?
        let voltageV: Double?
        let biasMa: Double?
        let lastDownCause: String?
        let downClass: String?

        init(_ seen: ONUObservation) {
            index = seen.index
            port = seen.port
            onuId = seen.onuID
            serial = seen.serial
            mac = seen.mac
            name = seen.name
            description = seen.description
            model = seen.model
            firmware = seen.firmware
            adminStatus = seen.adminStatus?.word
            runStatus = (seen.runStatus ?? .unknown).word
            rxOnuDbm = seen.rxOnuDbm
            txOnuDbm = seen.txOnuDbm
            rxOltDbm = seen.rxOltDbm
            distanceM = seen.distanceMetres
            temperatureC = seen.temperatureCelsius
            voltageV = seen.voltageVolts
            biasMa = seen.biasMilliamps
            lastDownCause = seen.lastDownCause
            downClass = seen.downClass?.word
        }

        static let head = [
            "index", "port", "onu", "serial", "mac", "name", "description", "model", "firmware", "adminStatus", "runStatus", "rxOnuDbm",
            "txOnuDbm", "rxOltDbm", "distanceM", "temperatureC", "voltageV", "biasMa", "lastDownCause", "downClass",
        ]

        var cells: [String] {
            func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
            return [
                index, port ?? "", onuId.map(String.init) ?? "", serial ?? "", mac ?? "", name ?? "", description ?? "", model ?? "",
                firmware ?? "", adminStatus ?? "", runStatus, number(rxOnuDbm), number(txOnuDbm), number(rxOltDbm), number(distanceM),
                number(temperatureC), number(voltageV), number(biasMa), lastDownCause ?? "", downClass ?? "",
            ]
        }

        static let shortHead = ["port", "onu", "serial", "description", "status", "rx", "tx", "rx at OLT", "distance", "last down"]

        var short: [String] {
            func power(_ value: Double?) -> String { value.map { "\($0) dBm" } ?? "" }
            return [
                port ?? "", onuId.map(String.init) ?? "", serial ?? mac ?? "unknown", description ?? name ?? "", runStatus, power(rxOnuDbm),
                power(txOnuDbm), power(rxOltDbm), distanceM.map { "\($0) m" } ?? "",
                (lastDownCause ?? "") + (downClass.map { " [\($0)]" } ?? ""),
            ]
        }
    }

    struct Port: Encodable {
        let port: String
        let counted: Int?
        let seen: Int
    }

    struct Column: Encodable {
        let listing: String
        let field: String
        let oid: String
        let cost: String
        let unverified: Bool
        let rows: Int
        let unread: Int
        let examples: [String]
    }

    let profile: String
    let sysDescr: String?
    let sysObjectID: String?
    let coverage: String
    let requests: Int
    let onus: [ONU]
    let ports: [Port]
    let columns: [Column]
    let warnings: [String]

    init(_ inspection: Inspection) {
        profile = inspection.profile
        sysDescr = inspection.facts.sysDescription
        sysObjectID = inspection.facts.sysObjectID
        coverage = inspection.coverage == .complete ? "complete" : "partial"
        requests = inspection.requests
        onus = inspection.observations.map(ONU.init)
        ports = inspection.ports.map { Port(port: $0.port, counted: $0.counted, seen: $0.seen) }
        columns = inspection.columns.map {
            Column(
                listing: $0.listing,
                field: $0.field,
                oid: $0.oid,
                cost: $0.cost,
                unverified: $0.isUnverified,
                rows: $0.rows,
                unread: $0.unread,
                examples: $0.examples
            )
        }
        warnings = inspection.warnings
    }
}
