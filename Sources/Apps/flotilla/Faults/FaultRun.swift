import Foundation
import PrivateServers

/// Plays rows, each on servers and processes of its own.
struct FaultRun: Sendable {
    /// A row that takes longer is broken off and fails.
    private static let limit: Duration = .seconds(420)

    let rows: [FaultRow]
    let note: @Sendable (String) -> Void

    /// - Parameters:
    ///   - atOnce: rows that are played side by side.
    ///   - each: hears of every verdict, one after another.
    /// - Returns: all verdicts, in the order of the rows.
    /// - Throws: what `each` throws, or `CancellationError`.
    func play(atOnce: Int, verdict each: @Sendable (FaultVerdict) throws -> Void) async throws -> [FaultVerdict] {
        try await withThrowingTaskGroup(of: FaultVerdict.self) { group in
            var verdicts: [FaultVerdict] = []
            var waiting = rows[...]
            func next() {
                guard let row = waiting.popFirst() else { return }
                group.addTask {
                    note("\(row.id) \(row.fault), \(row.when)")
                    return try await play(row)
                }
            }
            for _ in 0..<atOnce { next() }
            while let verdict = try await group.next() {
                try each(verdict)
                verdicts.append(verdict)
                note("\(verdict.id) \(verdict.isGood ? "pass" : "FAIL") after \(verdict.tookSeconds) s")
                next()
            }
            return verdicts.sorted { $0.id < $1.id }
        }
    }

    private func play(_ row: FaultRow) async throws -> FaultVerdict {
        let began = ContinuousClock.now
        let stage = try FaultStage(row, note: note)
        let result: Result<FaultVerdict, any Error>
        do {
            try await stage.start()
            result = .success(try await play(stage, began: began))
        } catch {
            result = .failure(error)
        }
        if case .failure = result { await stage.keepLogs() }
        if case .success(let verdict) = result, !verdict.isGood { await stage.keepLogs() }
        await stage.stop()
        switch result {
        case .success(let verdict): return verdict
        case .failure(let error):
            if error is CancellationError { throw error }
            let text = (error as? CommandError)?.message ?? "\(error)"
            return Self.broken(row, problems: await stage.problems + [text], checks: await stage.checks, began: began)
        }
    }

    private func play(_ stage: FaultStage, began: ContinuousClock.Instant) async throws -> FaultVerdict {
        let load = try await stage.load
        try await withThrowingTaskGroup(of: Bool.self) { group in
            if stage.row.shape.isLoaded {
                group.addTask {
                    await load.run()
                    return false
                }
            }
            group.addTask {
                if stage.row.shape.isLoaded { try await stage.pause(.seconds(3)) }
                try await stage.row.play(stage)
                // What comes after the fault must flow too.
                if stage.row.shape.isLoaded { try await stage.pause(.seconds(5)) }
                await load.stop()
                return true
            }
            group.addTask {
                try await Task.sleep(for: Self.limit)
                throw CommandError(.failed, "the row was not over after \(Self.limit.seconds) s")
            }
            while try await group.next() == false {}
            group.cancelAll()
        }
        return try await FaultJudge(stage: stage).judge(load, began: began)
    }

    private static func broken(_ row: FaultRow, problems: [String], checks: [String], began: ContinuousClock.Instant) -> FaultVerdict {
        FaultVerdict(
            id: row.id,
            fault: row.fault,
            when: row.when,
            expected: row.expected,
            measure: row.measure,
            problems: problems,
            recoverySeconds: nil,
            targetSeconds: row.target.seconds,
            accepted: 0,
            lost: 0,
            doubleEnds: 0,
            ranAgain: 0,
            checks: checks,
            tookSeconds: (ContinuousClock.now - began).seconds
        )
    }
}
