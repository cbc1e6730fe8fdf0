/// A request about one generated device: what hangs on it, or something to be done to it.
struct DeviceRequest {
    static let known = """
        GET /devices/ADDRESS/onus, POST /devices/ADDRESS/port-down?port=SLOT/PORT&cause=power|fibre, \
        /onu-down?port=…&onu=ID&cause=…, /remove?port=…&onu=ID, /move?port=…&onu=ID&to=SLOT/PORT[&as=ID], /restore[?port=…[&onu=ID]]
        """

    /// What a request lacks, for people.
    private struct Refusal: Error {
        var detail: String

        init(_ detail: String) { self.detail = detail }
    }

    private let request: AccountRequest
    private let parts: [Substring]

    init(_ request: AccountRequest) {
        self.request = request
        parts = request.path.split(separator: "/", omittingEmptySubsequences: false)
    }

    func answer(_ fleet: inout Fleet, now: Duration) -> AccountResponse {
        guard parts.count == 4 else { return .problem(404, "known: \(Self.known)") }
        guard let address = DeviceAddress(parts[2]), fleet.hasDevice(at: address) else { return .problem(404, "no device at \(parts[2])") }
        do {
            if request.method == "GET", parts[3] == "onus" { return units(address, try fleet.units(of: address, now: now)) }
            guard request.method == "POST", let change = try change() else { return .problem(404, "known: \(Self.known)") }
            try fleet.change(address, change, now: now)
            return units(address, try fleet.units(of: address, now: now))
        } catch let error as SiteError {
            return .problem(409, error.description)
        } catch let refusal as Refusal {
            return .problem(400, refusal.detail)
        } catch {
            return .problem(400, "\(error)")
        }
    }

    /// - Returns: `nil` for a verb that is not known.
    private func change() throws -> SiteChange? {
        switch parts[3] {
        case "port-down": .portDown(try port("port"), try cause())
        case "onu-down": .unitDown(try port("port"), id: try id("onu"), try cause())
        case "remove": .remove(try port("port"), id: try id("onu"))
        case "move":
            .move(try port("port"), id: try id("onu"), to: try port("to"), as: request.query["as"] == nil ? nil : try id("as"))
        case "restore":
            .restore(
                request.query["port"] == nil ? nil : try port("port"),
                id: request.query["onu"] == nil ? nil : try id("onu")
            )
        default: nil
        }
    }

    private func port(_ key: String) throws -> PortName {
        guard let port = request.query[key].flatMap({ PortName($0) }) else { throw Refusal("\(key) must be SLOT/PORT, such as 1/3") }
        return port
    }

    private func id(_ key: String) throws -> UInt32 {
        guard let id = request.query[key].flatMap({ UInt32($0) }) else { throw Refusal("\(key) must be the id of an ONU, such as 7") }
        return id
    }

    private func cause() throws -> Outage.Cause {
        guard let cause = Outage.Cause(request.query["cause"] ?? "power") else { throw Refusal("cause must be power or fibre") }
        return cause
    }

    private func units(_ address: DeviceAddress, _ units: [UnitReport]) -> AccountResponse {
        let list = units.map { unit in
            JSONValue.object([
                ("port", .string(unit.port.description)), ("onu", .integer(Int64(unit.id))), ("index", .string(unit.index.description)),
                ("serial", .string(unit.serial)), ("online", .bool(unit.isOnline)),
                ("lastDownCause", unit.lastDownCause.map { .string($0.rawValue) } ?? .null),
            ])
        }
        return AccountResponse(status: 200, body: .object([("address", .string(address.description)), ("onus", .array(list))]))
    }
}
