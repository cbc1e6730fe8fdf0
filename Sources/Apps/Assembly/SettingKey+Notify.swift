extension SettingKey {
    package static let notifyWebhook = SettingKey(
        "flotilla.notify.webhook",
        standard: nil,
        range: "http://HOST… or https://HOST…",
        "where violations of quotas are posted as JSON; missing: nowhere",
        isSecret: true
    )
    package static let notifyWebhookSecret = SettingKey(
        "flotilla.notify.webhook-secret",
        standard: nil,
        range: "any text",
        "signs what is posted: HMAC-SHA256 in X-Flotilla-Signature; missing: unsigned",
        isSecret: true
    )
    package static let notifyCommand = SettingKey(
        "flotilla.notify.command",
        standard: nil,
        range: "a JSON list of texts, e.g. [\"/usr/local/bin/page\", \"--quota\"]",
        "what is started for each violation, with JSON on its standard input and without a shell; missing: nothing"
    )
    package static let notifyMailTo = SettingKey(
        "flotilla.notify.mail-to",
        standard: nil,
        range: "NAME@HOST,…",
        "who gets a mail for each violation; missing: nobody"
    )
    package static let notifyMailFrom = SettingKey(
        "flotilla.notify.mail-from",
        standard: "flotilla@localhost",
        range: "NAME@HOST",
        "the sender of these mails"
    )
    package static let notifySendmail = SettingKey(
        "flotilla.notify.sendmail",
        standard: "/usr/sbin/sendmail",
        range: "an absolute path",
        "the program that takes these mails, called with -t -i"
    )
    package static let coordinatorLogFolder = SettingKey(
        "flotilla.coordinator.log-folder",
        standard: "logs/coordinator",
        range: "path of a folder, or off",
        "where the coordinator's decisions are kept as main.log, 5 files of 10 MB; a folder of each orchestrator's own"
    )

    /// How people hear of what the coordinator decided.
    static let hearing: [SettingKey] = [
        notifyWebhook, notifyWebhookSecret, notifyCommand, notifyMailTo, notifyMailFrom, notifySendmail, coordinatorLogFolder,
    ]
}
