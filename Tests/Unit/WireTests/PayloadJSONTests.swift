import Domain
import Testing
import Wire

@Suite("Payloads as JSON text", .timeLimit(.minutes(1)))
struct PayloadJSONTests {
    @Test("a payload comes back as it was")
    func roundTrip() throws {
        #expect(try PayloadJSON.decode(PayloadJSON.encode(Samples.payload)) == Samples.payload)
        #expect(PayloadJSON.encode([:]) == "{}")
    }

    @Test("the text is plain: whole numbers without a fraction, members by name")
    func text() {
        #expect(PayloadJSON.encode(["b": 3, "a": "x\"\n", "c": .number(-0.5)]) == #"{"a":"x\"\n","b":3,"c":-0.5}"#)
    }

    @Test(
        "what a draft may not hold is refused here too",
        arguments: [
            ("[1]", "not an object"), ("", "malformed JSON at line 1, column 1"), (#"{"a": }"#, "malformed JSON at line 1, column 7"),
            (#"{"a": 9007199254740993}"#, "2^53"), (#"{"a": "\u0000"}"#, "U+0000"), ("null", "not an object"),
            ("{\"a\": " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}", "nested too deeply"),
        ]
    )
    func faults(_ text: String, _ message: String) {
        let fault = #expect(throws: WireFault.self) { try PayloadJSON.decode(text) }

        #expect(fault?.text.contains(message) == true, "\(fault?.text ?? "")")
    }
}
