import Domain
import Testing

@Suite("Declarations as canonical text")
struct DeclarationTextTests {
    @Test("operations stand by rank, with cadence and timeout in microseconds")
    func text() {
        let declaration = OLTDeclaration(
            OLTID(17),
            isEnabled: true,
            operations: [
                DeclaredOperation(.get(.optics), isEnabled: false, cadence: .every(.seconds(300))),
                DeclaredOperation(.discovery, cadence: .perPeriod(4), timeout: .seconds(60)),
            ]
        )

        #expect(declaration.canonicalText == "17 on; discovery on 4/period timeout=60000000; get.optics off every=300000000")
        #expect(OLTDeclaration(OLTID(3), isEnabled: false, operations: []).canonicalText == "3 off")
    }

    @Test("what was written is read as the same", arguments: [true, false])
    func roundTrip(_ isEnabled: Bool) {
        var chance = Chance(seed: 6)
        for count in 0...OperationType.all.count {
            let operations = OperationType.all.shuffled(using: &chance).prefix(count).map { type in
                DeclaredOperation(
                    type,
                    isEnabled: Bool.random(using: &chance),
                    cadence: Bool.random(using: &chance)
                        ? .perPeriod(Int.random(in: Cadence.timesAllowed, using: &chance))
                        : .every(.microseconds(Int64.random(in: 1_000_000...9_000_000_000, using: &chance))),
                    timeout: Bool.random(using: &chance) ? .milliseconds(Int64.random(in: 1...99_999, using: &chance)) : nil
                )
            }
            let declaration = OLTDeclaration(OLTID(17), isEnabled: isEnabled, operations: Array(operations))
            #expect(OLTDeclaration(canonicalText: declaration.canonicalText) == declaration)
        }
    }

    @Test(
        "what nobody would write is not read",
        arguments: [
            "", "17", "17 maybe", "x on", "17 on;", "17 on;discovery on 4/period", "17 on; discovery on", "17 on; dig on 4/period",
            "17 on; discovery on 4", "17 on; discovery on every=x", "17 on; discovery on 4/period timeout=",
            "17 on; discovery on 04/period",
            "17 on; get.optics on 4/period; discovery on 4/period", "17 on; discovery on 4/period extra",
        ]
    )
    func refused(_ text: String) {
        #expect(OLTDeclaration(canonicalText: text) == nil)
    }
}
