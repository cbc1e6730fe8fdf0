package import Domain

/// What is asked of an OLT on a schedule; `perHour` or `every` is `null`.
package struct OperationShape: Codable, Hashable, Sendable {
    package let type: String
    package let enabled: Bool
    /// Times a period, which is an hour unless it is set otherwise.
    @OrNull package var perHour: Int?
    @OrNull package var every: String?
    @OrNull package var timeout: String?

    package init(_ operation: DeclaredOperation) {
        type = operation.type.word
        enabled = operation.isEnabled
        switch operation.cadence {
        case .perPeriod(let times):
            perHour = times
            every = nil
        case .every(let span):
            perHour = nil
            every = SpanText.write(span)
        }
        timeout = operation.timeout.map(SpanText.write)
    }

    /// `4/h`, `every 5m`.
    package var cadence: String { perHour.map { "\($0)/h" } ?? every.map { "every \($0)" } ?? "" }
}

/// What a caller sends to declare an operation.
///
/// `type` stands in a list, else in the path. With `PATCH` what is missing stays, and `null` takes the timeout away.
package struct OperationDraft: Codable, Hashable, Sendable {
    package var type: String?
    package var enabled: Bool?
    package var perHour: Int?
    package var every: String?
    package var timeout: String?
    /// The timeout was sent as `null`.
    package var withoutTimeout = false

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case type, enabled, perHour, every, timeout
    }

    package init(type: String? = nil, enabled: Bool? = nil, perHour: Int? = nil, every: String? = nil, timeout: String? = nil) {
        self.type = type
        self.enabled = enabled
        self.perHour = perHour
        self.every = every
        self.timeout = timeout
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        type = try fields.decodeIfPresent(String.self, forKey: .type)
        enabled = try fields.decodeIfPresent(Bool.self, forKey: .enabled)
        perHour = try fields.decodeIfPresent(Int.self, forKey: .perHour)
        every = try fields.decodeIfPresent(String.self, forKey: .every)
        timeout = try fields.decodeIfPresent(String.self, forKey: .timeout)
        withoutTimeout = fields.contains(.timeout) && timeout == nil
    }
}

/// Why an OLT stays: tasks of it have not ended.
package struct OLTBusyShape: Codable, Hashable, Sendable {
    package let type: String
    package let title: String
    package let status: Int
    package let detail: String
    package let code: String
    package let field: String?
    package let allowed: String?
    /// How many there are.
    package let standing: Int
    /// Some of them.
    package let tasks: [String]

    package init(_ problem: Problem, standing: Int, tasks: [String]) {
        type = problem.type
        title = problem.title
        status = problem.status
        detail = problem.detail
        code = problem.code
        field = problem.field
        allowed = problem.allowed
        self.standing = standing
        self.tasks = tasks
    }
}

extension APIPath {
    package static func oltOperation(_ nameOrID: String, _ type: String) -> String { olt(nameOrID) + "/operations/" + type }
}
