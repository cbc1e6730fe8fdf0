import DeviceAdapter
import Domain
import SNMP
import Testing

@Suite("The system group in the words of the domain", .timeLimit(.minutes(1)))
struct SystemGroupTests {
    @Test("names filled up with zero bytes end at the first one, so that they can be recorded")
    func zeroBytes() {
        let facts = DeviceFacts(
            description: .octets(Array("MA5800".utf8) + [0, 0x41, 0]),
            objectID: .oid([1, 3, 6, 1, 4, 1, 2011]),
            upTime: .ticks(4_294_967_295),
            name: .octets(Array("olt-1".utf8) + [0, 0, 0])
        )

        #expect(facts.sysDescription == "MA5800")
        #expect(facts.sysName == "olt-1")
        #expect(facts.sysObjectID == "1.3.6.1.4.1.2011")
        #expect(facts.upTimeTicks == 4_294_967_295)
    }

    @Test("what the device does not tell is unknown")
    func unknown() {
        let facts = DeviceFacts(description: .noSuchObject, objectID: .null, upTime: .noSuchInstance, name: .octets([]))

        #expect(facts == DeviceFacts())
    }
}
