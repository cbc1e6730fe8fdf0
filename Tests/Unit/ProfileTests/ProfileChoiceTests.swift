import DeviceAdapter
import SNMP
import Testing

@Suite("Which profile fits")
struct ProfileChoiceTests {
    private let old = profile("old", [1, 3, 6, 1, 4, 1, 99])
    private let new = profile("new", [1, 3, 6, 1, 4, 1, 99, 2])
    private let other = profile("other", [1, 3, 6, 1, 4, 1, 77])
    private let sister = profile("sister", [1, 3, 6, 1, 4, 1, 77], describes: "G100")
    private let any = profile("any", nil)

    private static func profile(_ name: String, _ objectID: OID?, describes: String? = nil) -> Profile {
        var match = Profile.Match()
        match.objectIDs = objectID.map { [$0] } ?? []
        match.descriptions = describes.map { [$0] } ?? []
        match.isLast = objectID == nil
        return Profile(name: name, vendor: name, models: [], match: match, limits: Profile.Limits(), listings: [])
    }

    private func choice(_ objectID: OID?, _ description: String? = nil) -> ProfileChoice {
        ProfileChoice([old, new, other, sister, any], objectID: objectID, description: description)
    }

    @Test("the tables that answer decide, not the sysObjectID")
    func tablesDecide() {
        let choice = choice([1, 3, 6, 1, 4, 1, 99, 2, 5])

        #expect(choice.candidates.map(\.name) == ["old", "new"])
        #expect(choice.others.map(\.name) == ["other", "sister"])
        #expect(choice.decide(answered: ["old"])?.name == "old")
        #expect(choice.decide(answered: ["old", "new"])?.name == "new", "the one that names more of the sysObjectID")
        #expect(choice.decide(answered: ["other", "any"])?.name == "other")
    }

    @Test("a box without a single ONU is what its sysObjectID says; sisters are told apart by sysDescr")
    func nothingAnswers() {
        #expect(choice([1, 3, 6, 1, 4, 1, 99, 1]).decide(answered: ["any"])?.name == "old")
        #expect(choice([1, 3, 6, 1, 4, 1, 77, 1], "model G100 v2").decide(answered: [])?.name == "sister")
    }

    @Test("a box without a system group may be any; the last resort is taken when nothing else fits")
    func unknownBox() {
        #expect(choice(nil).candidates.map(\.name) == ["old", "new", "other", "sister"])
        #expect(choice(nil).decide(answered: ["other"])?.name == "other")
        #expect(choice([1, 3, 6, 1, 4, 1, 5]).decide(answered: ["any"])?.name == "any")
        #expect(choice(nil).decide(answered: []) == nil)
    }
}
