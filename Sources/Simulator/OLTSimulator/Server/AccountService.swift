/// Answers requests about the account from a fleet.
struct AccountService {
    let document: AccountDocument

    func answer(_ request: AccountRequest, _ fleet: inout Fleet, now: Duration) -> AccountResponse {
        switch (request.method, request.path) {
        case ("GET", "/account"): account(request, fleet)
        case ("POST", "/account:reset"): reset(&fleet)
        case ("POST", "/faults"): faults(request, &fleet, now: now)
        case (_, let path) where path.hasPrefix("/devices/"): DeviceRequest(request).answer(&fleet, now: now)
        default: .problem(404, "known: GET /account, GET /account?address=…, POST /account:reset, POST /faults, \(DeviceRequest.known)")
        }
    }

    private func account(_ request: AccountRequest, _ fleet: Fleet) -> AccountResponse {
        let withHolders = request.query["holders"] != "0"
        guard let text = request.query["address"] else {
            return AccountResponse(status: 200, body: document.value(fleet.reports, withHolders: withHolders))
        }
        guard let address = DeviceAddress(text), let report = fleet.report(of: address) else {
            return .problem(404, "no device at \(text)")
        }
        return AccountResponse(status: 200, body: document.value([report], withHolders: withHolders))
    }

    private func reset(_ fleet: inout Fleet) -> AccountResponse {
        fleet.resetAccounts()
        return AccountResponse(status: 200, body: .object([("devices", .integer(Int64(fleet.count)))]))
    }

    private func faults(_ request: AccountRequest, _ fleet: inout Fleet, now: Duration) -> AccountResponse {
        do throws(SettingsError) {
            let body: JSONValue
            do throws(JSONError) {
                body = try JSONReader.value(request.body)
            } catch {
                return .problem(400, error.description)
            }
            guard case .string(let text) = body["addresses"] else { return .problem(400, "addresses must be a string") }
            let faults = try Faults(json: body["faults"], place: "body")
            let count = fleet.setFaults(faults, at: try DeviceAddress.list(text), now: now)
            guard count > 0 else { return .problem(404, "no device at \(text)") }
            return AccountResponse(status: 200, body: .object([("devices", .integer(Int64(count)))]))
        } catch {
            return .problem(400, error.description)
        }
    }
}
