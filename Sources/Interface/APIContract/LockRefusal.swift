/// A 409 of the lock routes: a problem that tells who holds the lock.
package struct LockRefusal: Codable, Hashable, Sendable {
    package let type: String
    package let title: String
    package let status: Int
    package let detail: String
    /// `lock_busy`: another holds it; `not_held`: nobody does.
    package let code: String
    package let acquired: Bool
    @OrNull package var holder: String?
    @OrNull package var fence: Int64?
    @OrNull package var expiresAt: String?

    package init(title: String, detail: String, code: String, holder: String?, fence: Int64?, expiresAt: String?) {
        type = "about:blank#" + code
        self.title = title
        status = 409
        self.detail = detail
        self.code = code
        acquired = false
        self.holder = holder
        self.fence = fence
        self.expiresAt = expiresAt
    }
}
