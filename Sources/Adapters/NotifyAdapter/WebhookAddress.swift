import Foundation

/// Where a webhook listens: http or https, with a host, nothing else.
package struct WebhookAddress: Hashable, Sendable {
    package static let allowed = "http://HOST… or https://HOST…, at most 2048 characters, no user and password"

    let url: URL

    /// - Returns: `nil` when the text is anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil,
            let url = parts.url
        else { return nil }
        self.url = url
    }
}
