package import Domain

/// A dead letter as the API and `--json` show it.
package struct LetterShape: Codable, Hashable, Sendable {
    package let id: Int64
    @OrNull package var task: String?
    @OrNull package var kind: String?
    @OrNull package var `class`: String?
    @OrNull package var priority: String?
    /// The id of the OLT the task worked on.
    @OrNull package var olt: String?
    package let reason: String
    @OrNull package var errorClass: String?
    package let message: String
    package let attempts: Int
    package let firstDiedAt: String
    package let lastDiedAt: String
    @OrNull package var retriedAs: String?
    package let state: String
    @OrNull package var contentType: String?
    /// The original bytes in base64, only when one letter is shown.
    @OrNull package var body: String?
    /// The task with all its attempts, only when one letter is shown; `null` when there never was one or it is kept no longer.
    @OrNull package var story: TaskShape?

    package init(_ letter: Letter, body: String? = nil, story: TaskShape? = nil) {
        id = letter.id
        task = letter.task?.description
        kind = letter.kind
        `class` = letter.taskClass?.word
        priority = letter.priority?.word
        olt = letter.olt.map { "\($0.value)" }
        reason = letter.reason.rawValue
        errorClass = letter.errorClass
        message = letter.message
        attempts = letter.attempts
        firstDiedAt = letter.firstDiedAt.description
        lastDiedAt = letter.lastDiedAt.description
        retriedAs = letter.retriedAs?.description
        state = letter.state.rawValue
        contentType = letter.contentType
        self.body = body
        self.story = story
    }
}

/// A page of letters; the first page also counts all that fit.
package struct LetterListing: Codable, Hashable, Sendable {
    package let items: [LetterShape]
    @OrNull package var next: String?
    /// All that fit; `null` on later pages and when there are too many to count.
    @OrNull package var total: Int?
    @OrNull package var reasons: [String: Int]?

    package init(_ page: Page<Letter>, tally: LetterTally?) {
        items = page.items.map { LetterShape($0) }
        next = page.next
        total = tally.flatMap { $0.isExact ? $0.total : nil }
        reasons = tally.map { Dictionary(uniqueKeysWithValues: $0.byReason.map { ($0.key.rawValue, $0.value) }) }
    }
}

/// What was done, or would be, with one letter.
package struct LetterAnswerShape: Codable, Hashable, Sendable {
    package let letter: Int64
    @OrNull package var kind: String?
    @OrNull package var reason: String?
    /// `retried`, `would_retry`, `dropped`, `would_drop`, `not_found`, `already_retried`, `no_task`, `key_held` or `not_open`.
    package let answer: String
    /// The new task, the one it was retried as, or the one that holds the key.
    @OrNull package var task: String?
    @OrNull package var detail: String?

    package init(_ answer: LetterAnswer, dryRun: Bool) {
        letter = answer.letter
        kind = answer.kind
        reason = answer.reason?.rawValue
        task = nil
        detail = nil
        switch answer.word {
        case .retried(let id):
            self.answer = dryRun ? "would_retry" : "retried"
            task = dryRun ? nil : id?.description
        case .dropped:
            self.answer = dryRun ? "would_drop" : "dropped"
        case .notFound:
            self.answer = "not_found"
            detail = "there is no such letter"
        case .alreadyRetried(let id):
            self.answer = "already_retried"
            task = id?.description
            detail = "it was retried before"
        case .noTask:
            self.answer = "no_task"
            detail = "there is no task to try again"
        case .keyHeld(let id):
            self.answer = "key_held"
            task = id.description
            detail = "its unique key is held by this task"
        case .notOpen(let state):
            self.answer = "not_open"
            detail = "it is \(state.rawValue)"
        }
    }
}

/// What an order would do.
package struct LetterPlanShape: Codable, Hashable, Sendable {
    package let verb: String
    /// Letters that would be retried or dropped.
    package let total: Int
    package let kinds: [String: Int]
    package let reasons: [String: Int]
    /// Letters that would be left as they are.
    package let left: Int
    /// Why, for the first hundred of them.
    package let obstacles: [LetterAnswerShape]

    package init(_ plan: LetterPlan) {
        verb = plan.verb.rawValue
        total = plan.closes.total
        kinds = Dictionary(uniqueKeysWithValues: plan.closes.byKind.map { ($0.key.isEmpty ? "unknown" : $0.key, $0.value) })
        reasons = Dictionary(uniqueKeysWithValues: plan.closes.byReason.map { ($0.key.rawValue, $0.value) })
        left = plan.leaves
        obstacles = plan.obstacles.map { LetterAnswerShape($0, dryRun: true) }
    }
}
