import Coordination
import Domain
import JournalAdapter
import Logging
import NotifyAdapter
import Orchestration
import Reactor
import RecordAdapter
import ServiceLifecycle
import Wire

/// How people hear of what the coordinator decided: the journal's files, and notices of violations.
struct NotifyDoor: Sendable {
    /// The folder's setting that keeps no journal.
    static let off = "off"

    let journal: any CoordinatorJournal
    /// In the order in which they are started; they stop the other way round.
    let services: [any Service]

    init(_ database: RecordDatabase, leadership: any Leadership, reader: SettingReader, log: Logger) throws(StartupError) {
        let folder = try reader.text(.coordinatorLogFolder)
        let file = folder == Self.off ? nil : FileJournal(FileJournal.Settings(folder: folder), time: .system, log: log)
        journal = file ?? NoJournal()
        let desk = NotificationDesk(
            outbox: PostgresViolationOutbox(database: database),
            notifiers: try Self.notifiers(reader),
            leadership: leadership,
            journal: journal,
            time: .system,
            log: log
        )
        services = (file.map { [$0] } ?? []) + [desk]
    }

    private static func notifiers(_ reader: SettingReader) throws(StartupError) -> [any ViolationNotifier] {
        var notifiers: [any ViolationNotifier] = []
        if let text = reader.optional(.notifyWebhook) {
            guard let address = WebhookAddress(text) else {
                throw StartupError("\(SettingKey.notifyWebhook.variable) is no address; allowed: \(WebhookAddress.allowed)")
            }
            notifiers.append(WebhookNotifier(address, secret: reader.optional(.notifyWebhookSecret)))
        }
        let words = try command(reader)
        let recipients = try recipients(reader)
        guard words != nil || recipients != nil else { return notifiers }
        // Threads of their own: a program may take half a minute.
        let pool = BlockingPool(name: "flotilla-note", threads: 2, queueMax: 64)
        if let words { notifiers.append(CommandNotifier(words, pool: pool)) }
        if let recipients {
            let sender = try reader.text(.notifyMailFrom)
            guard let from = MailAddress(sender) else { throw StartupError(.notifyMailFrom, value: sender) }
            let sendmail = try reader.text(.notifySendmail)
            guard sendmail.hasPrefix("/") else { throw StartupError(.notifySendmail, value: sendmail) }
            notifiers.append(MailNotifier(from: from, to: recipients, sendmail: sendmail, pool: pool))
        }
        return notifiers
    }

    private static func command(_ reader: SettingReader) throws(StartupError) -> [String]? {
        guard let text = reader.optional(.notifyCommand) else { return nil }
        let words = (try? PayloadJSON.decode("{\"words\": \(text)}"))?["words"]?.list?.compactMap(\.text)
        guard let words, words.first?.isEmpty == false, !words.contains(where: { $0.contains("\0") }) else {
            throw StartupError(.notifyCommand, value: text)
        }
        return words
    }

    private static func recipients(_ reader: SettingReader) throws(StartupError) -> [MailAddress]? {
        guard let text = reader.optional(.notifyMailTo) else { return nil }
        guard let recipients = MailAddress.list(text), !recipients.isEmpty else { throw StartupError(.notifyMailTo, value: text) }
        return recipients
    }
}
