import BrokerAdapter
package import Domain
import Logging

/// Publishes drafts to the intake of a broker, without any orchestrator.
package struct AMQPSubmission: Sendable {
    private let url: String

    /// Looks the broker's address up in the environment.
    package init(environment: [String: String]) throws {
        url = try SettingReader(environment: environment).text(.brokerURL)
    }

    /// - Throws: `StartupError` when nobody answers or the broker takes it to no queue.
    package func publish(_ draft: TaskDraft) async throws {
        let log = Logger(label: "flotilla") { _ in SwiftLogNoOpLogHandler() }
        let link = try ServerLink(logger: log)
        defer { link.stop() }
        let publisher = DraftPublisher(try link.broker(url: url), log: log, now: TimeSource.system.wall)
        let answers: [PublishAnswer]
        do {
            answers = try await publisher.publish([draft])
        } catch {
            throw StartupError("RabbitMQ: \(error) (\(SettingKey.brokerURL.variable))", isNobodyThere: true)
        }
        switch answers.first {
        case .confirmed?: return
        case .returned(let reason)?: throw StartupError("the broker has no queue for the draft: \(reason)")
        case .refused?: throw StartupError("the intake is full or the broker failed; try again later")
        case .unconfirmed(let reason)?: throw StartupError("the broker did not confirm: \(reason)", isNobodyThere: true)
        case nil: throw StartupError("the broker gave no answer", isNobodyThere: true)
        }
    }
}
