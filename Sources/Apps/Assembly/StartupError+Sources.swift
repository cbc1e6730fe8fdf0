import APIContract
import Domain
import Foundation
import RecordAdapter

extension StartupError {
    /// What the database, or the way to it, said.
    init(recordError error: any Error, url: String) {
        if let known = error as? StartupError {
            self = known
            return
        }
        guard let error = error as? RecordError else {
            self.init("PostgreSQL: \(error)")
            return
        }
        if let advice = error.schemaAdvice {
            self.init(advice)
            return
        }
        switch error {
        case .unavailable(let reason):
            self.init("PostgreSQL: \(reason) (\(SettingKey.postgresURL.variable))", isNobodyThere: true)
        case .commitUnknown, .conflict, .refused, .schema, .deposed:
            self.init("PostgreSQL: \(error)")
        }
    }

    init(problem: Problem) {
        let field = problem.field.map { "\($0): " } ?? ""
        self.init("\(field)\(problem.detail)\(problem.allowed.map { "; allowed: \($0)" } ?? "")")
    }
}

/// Says in plain words why a port cannot be listened on.
enum Listening {
    static func explained(_ host: String, _ port: Int, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            guard "\(error)".contains("Address already in use") else { throw error }
            throw StartupError(
                "the port \(host):\(port) is in use by another program; allowed: a free port in \(SettingKey.httpPort.variable), 0 takes one"
            )
        }
    }
}
