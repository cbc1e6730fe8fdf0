/// Which OLTs a listing shows.
package struct OLTFilter: Hashable, Sendable {
    /// A part of name or address.
    package var text: String?
    /// As it was entered, or as it was found.
    package var profile: String?
    package var isEnabled: Bool?
    package var reach: Reach?
    /// All of them, each with this value.
    package var labels: [String: String] = [:]
    package var limit = 50
    package var cursor: String?

    /// What is known of an OLT's answering.
    package enum Reach: String, CaseIterable, Hashable, Sendable {
        case yes, no
        /// Never asked.
        case unknown

        package static let allowed = allCases.map(\.rawValue).joined(separator: ", ")

        package init(_ isReachable: Bool?) {
            self = isReachable.map { $0 ? .yes : .no } ?? .unknown
        }
    }

    package init() {}

    package init(limit: Int, cursor: String?) {
        self.limit = limit
        self.cursor = cursor
    }
}
