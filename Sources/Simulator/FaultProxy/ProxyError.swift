/// Why a proxy could not be opened.
package enum ProxyError: Error, Hashable, Sendable {
    /// A call of the operating system failed; `code` is its `errno`.
    case system(call: String, code: Int32)
}
