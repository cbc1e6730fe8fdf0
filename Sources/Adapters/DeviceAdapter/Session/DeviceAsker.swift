import Domain
import SNMP

/// Asks one device under one permission, in the words of the domain's errors.
struct DeviceAsker: Sendable {
    /// Pages of a walk and how it ended.
    struct Walked: Sendable {
        let pages: [SNMPRows]
        let end: WalkEnd
        let requests: Int
    }

    let engine: SNMPEngine
    let device: SNMPDevice
    let name: String
    let permission: SendPermission
    let echo: Echo

    /// Reads names; the answers are in the order of `names`.
    func get(_ names: [OID]) async throws(DeviceError) -> [VarBind] {
        let cells: [VarBind]
        do throws(SNMPError) {
            cells = try await engine.get(device, names, guard: sendGuard)
            echo.answered()
        } catch {
            throw ended(error)
        }
        guard cells.count == names.count else { throw .garbage(device: name, what: "an answer with \(cells.count) values") }
        return cells
    }

    /// What lies behind each name; `nil` when the device refuses to say so for several names at once.
    func next(after names: [OID]) async throws(DeviceError) -> [VarBind]? {
        do throws(SNMPError) {
            let cells = try await engine.next(device, after: names, guard: sendGuard)
            echo.answered()
            return cells
        } catch {
            switch error {
            case .agent, .tooBig:
                echo.ended(error, at: ContinuousClock.now)
                return nil
            default: throw ended(error)
            }
        }
    }

    /// Walks columns together; every page moves the progress mark.
    func walk(_ columns: [OID], _ options: WalkOptions) async -> Walked {
        let progress = permission.progress
        let basket = PageBasket()
        let keep: @Sendable (SNMPRows) -> Void = { page in
            progress(RunStep(rows: page.count))
            basket.add(page)
        }
        let result = await engine.walk(device, columns: columns, options: options, guard: sendGuard, onPage: keep)
        switch result.end {
        case .complete: echo.answered()
        case .partial(let reason), .refused(let reason): echo.ended(reason, at: ContinuousClock.now)
        }
        return Walked(pages: basket.pages, end: result.end, requests: result.requests)
    }

    /// The error of a visit that is over: the lease does not cover more, or the attempt was cancelled.
    func stopped(by reason: WalkReason) -> DeviceError? {
        switch reason {
        case .notSent(let refusal): .stopped(reason: "\(refusal)")
        case .cancelled: .stopped(reason: "cancelled")
        default: nil
        }
    }

    func error(_ reason: WalkReason) -> DeviceError {
        switch reason {
        case .timedOut(let attempts): .silent(device: name, attempts: attempts)
        case .unreachable(let code, _): .unreachable(device: name, reason: "system error \(code)")
        case .malformed(let attempts): .garbage(device: name, what: "\(attempts) answers that cannot be decoded")
        case .security(let fault): .denied(device: name, fault)
        default: stopped(by: reason) ?? .garbage(device: name, what: reason.words)
        }
    }

    private var sendGuard: SendGuard {
        let refusal = permission.refusal
        return { now in refusal(now).map(SendRefusal.other) }
    }

    private func ended(_ error: SNMPError) -> DeviceError {
        echo.ended(error, at: ContinuousClock.now)
        return switch error {
        case .timedOut(let attempts): .silent(device: name, attempts: attempts)
        case .malformed(let attempts): .garbage(device: name, what: "\(attempts) answers that cannot be decoded")
        case .security(let fault): .denied(device: name, fault)
        case .notSent(let refusal): .stopped(reason: "\(refusal)")
        case .cancelled: .stopped(reason: "cancelled")
        case .unreachable(let code, let attempts): .unreachable(device: name, reason: "system error \(code), \(attempts) requests")
        case .agent(let status, let blamed):
            .garbage(device: name, what: "error status \(status)" + (blamed.map { " for \($0)" } ?? ""))
        default: .unreachable(device: name, reason: "\(error)")
        }
    }
}

extension WalkReason {
    /// The reason as people read it in a coverage.
    var words: String {
        switch self {
        case .notIncreasing(let previous, let next): "names do not increase: \(next) came behind \(previous)"
        case .rowCap(let rows): "more than \(rows) rows"
        case .byteCap(let bytes): "more than \(bytes) bytes"
        case .timeCap(let span): "not done within \(span)"
        case .cancelled: "cancelled"
        case .notSent(let refusal): "\(refusal)"
        case .timedOut(let attempts): "no answer to \(attempts) requests"
        case .unreachable(let code, _): "cannot be reached, system error \(code)"
        case .malformed(let attempts): "\(attempts) answers that cannot be read"
        case .agent(let status): "the device answered with error status \(status)"
        case .security(let fault): "\(fault)"
        case .badName(let name): "\(name) cannot be asked"
        case .noColumns: "no column"
        case .tooBig: "not even one row fits into an answer"
        case .busy: "too many requests wait for the device"
        case .closed: "closed"
        }
    }
}
