import Domain

extension LetterFilter {
    /// Whether the letter fits, whatever page it is on.
    func takes(_ letter: Letter) -> Bool {
        (state == nil || letter.state == state)
            && (reason == nil || letter.reason == reason)
            && (kind == nil || letter.kind == kind)
            && (taskClass == nil || letter.taskClass == taskClass)
            && (errorClass == nil || letter.errorClass == errorClass)
            && (olt == nil || letter.olt == olt)
            && (diedBefore.map { letter.lastDiedAt < $0 } ?? true)
            && (diedFrom.map { letter.lastDiedAt >= $0 } ?? true)
            && (text.map { Self.holds(letter.message.lowercased(), $0.lowercased()) } ?? true)
    }

    private static func holds(_ message: String, _ text: String) -> Bool {
        let (message, text) = (Array(message.utf8), Array(text.utf8))
        guard text.count <= message.count else { return false }
        return (0...(message.count - text.count)).contains { message[$0..<($0 + text.count)].elementsEqual(text) }
    }
}
