package import Domain
internal import SwiftProtobuf

/// The coordinator's book of an OLT, as the record keeps it.
package enum BookCodec {
    /// Binary, unless people are to read it: a book is read and written with every outcome of its OLT.
    package static func encode(_ book: OLTBook, as format: WireFormat = .protobuf) -> [UInt8] {
        MessageBytes.write(Flotilla_V1_Book(book), as: format)
    }

    /// - Throws: what is wrong with the book of this OLT: the bytes are another's, or a later version wrote them.
    package static func decode(_ bytes: [UInt8], of olt: OLTID, as format: WireFormat = .protobuf) throws(WireFault) -> OLTBook {
        do {
            let message = try MessageBytes.read(Flotilla_V1_Book.self, bytes, as: format)
            guard message.olt == olt.value else {
                throw WireFault(.undecodable, field: "olt", "it is the book of OLT \(message.olt)")
            }
            return try OLTBook(message)
        } catch let fault as WireFault {
            throw fault.inside("the book of \(olt)")
        } catch {
            throw WireFault(.undecodable, field: "the book of \(olt)", "it cannot be read (\(error.excerpt))")
        }
    }
}
