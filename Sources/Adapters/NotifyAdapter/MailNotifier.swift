package import Domain
package import Reactor

/// Hands a mail for each violation to the host's `sendmail -t`.
package struct MailNotifier: ViolationNotifier {
    package static let limit: Duration = .seconds(30)

    package let name = "mail"
    private let sender: MailAddress
    private let recipients: [MailAddress]
    private let sendmail: CommandRun

    /// - Parameters:
    ///   - sender: whom it comes from.
    ///   - recipients: at least one.
    ///   - sendmail: path of the program.
    ///   - limit: after it the program is killed.
    ///   - pool: reads its output.
    package init(
        from sender: MailAddress,
        to recipients: [MailAddress],
        sendmail: String,
        limit: Duration = Self.limit,
        pool: BlockingPool
    ) {
        precondition(!recipients.isEmpty, "a mail has a recipient")
        self.sender = sender
        self.recipients = recipients
        // -i: a line with a single dot does not end the message.
        self.sendmail = CommandRun(program: sendmail, arguments: ["-t", "-i"], limit: limit, pool: pool)
    }

    package func notify(_ notice: ViolationRow) async throws(NotifyError) {
        let mail = Mail(notice: Notice(row: notice), sender: sender, recipients: recipients)
        try await sendmail.run(input: Array(mail.text.utf8))
    }
}
