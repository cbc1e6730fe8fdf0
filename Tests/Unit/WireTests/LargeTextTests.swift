import Testing
import Wire

/// Costs must grow with the size, not with its square: squared, each of these took minutes.
@Suite("Half a megabyte of one thing is read or refused in seconds", .timeLimit(.minutes(4)))
struct LargeTextTests {
    /// A text that holds `piece` over and over; `#` in it is the number of the repetition.
    struct Recipe: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let beginning: String
        let piece: String
        let end: String
        let isRead: Bool

        var bytes: [UInt8] {
            var text = beginning
            var number = 0
            while text.utf8.count < 512 * 1024 {
                text += piece.replacing("#", with: String(number))
                number += 1
            }
            return Array((text + end).utf8)
        }
    }

    static let recipes = [
        Recipe("names", #"{"kind":"noop","payload":{"#, ##""#":1,"##, #""z":1}}"#, isRead: true),
        Recipe("escaped names", #"{"kind":"noop","payload":{"#, ##""\u0061#":1,"##, #""z":1}}"#, isRead: true),
        Recipe("labels", #"{"kind":"noop","labels":{"#, ##""#":"v","##, #""z":"v"}}"#, isRead: true),
        Recipe("unknown fields", #"{"kind":"noop","#, ##""f#":1,"##, #""z":1}"#, isRead: false),
        Recipe("brackets", #"{"kind":"noop","payload":{"a":"#, "[", "", isRead: false),
        Recipe("digits", #"{"kind":"noop","payload":{"a":"#, "9", "}}", isRead: false),
        Recipe("escapes", #"{"kind":"noop","payload":{"a":""#, #"\""#, #""}}"#, isRead: true),
        Recipe("numbers", #"{"kind":"noop","payload":{"a":["#, "9007199254740992,", "1]}}", isRead: true),
        Recipe("spaces", "", " ", #"{"kind":"noop"}"#, isRead: true),
    ]

    @Test("in time", arguments: recipes)
    func inTime(_ recipe: Recipe) {
        let bytes = recipe.bytes
        let start = ContinuousClock.now

        let result = DraftCodec.decode(bytes, contentType: "application/json")

        #expect(ContinuousClock.now - start < .seconds(30))
        switch result {
        case .success: #expect(recipe.isRead)
        case .failure(let fault): #expect(!recipe.isRead, "\(fault.text)")
        }
    }
}

extension LargeTextTests.Recipe {
    init(_ name: String, _ beginning: String, _ piece: String, _ end: String, isRead: Bool) {
        self.init(testDescription: name, beginning: beginning, piece: piece, end: end, isRead: isRead)
    }
}
