import APIContract
import Crypto
import Domain
import HTTPTypes
import Hummingbird

/// The header `Idempotency-Key` of a request, with what the request said.
struct IdempotencyKey {
    /// With `#` and the place in a batch it still is a `UniqueKey`.
    static let bytesMax = UniqueKey.bytesMax - 8
    static let field = "Idempotency-Key"

    private let key: String
    private let fingerprint: String

    /// `nil`: the request has none.
    init?(_ request: Request, body: [UInt8]) throws(Problem) {
        guard let name = HTTPField.Name(Self.field) else { return nil }
        let values = request.headers[values: name]
        guard let key = values.first else { return nil }
        guard values.count == 1, (1...Self.bytesMax).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Idempotency key refused",
                detail: values.count > 1
                    ? "the header stands there \(values.count) times"
                    : "the key has \(key.utf8.count) bytes, or characters that are not visible ASCII",
                field: Self.field,
                allowed: "once, 1 to \(Self.bytesMax) visible ASCII characters without spaces"
            )
        }
        self.key = key
        fingerprint = SHA256.hash(data: body).reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }

    /// What the only draft of the request carries.
    var single: DraftRequest { DraftRequest(key: key, fingerprint: fingerprint) }

    /// What the draft at a place in a batch carries.
    func inBatch(_ place: Int) -> DraftRequest { DraftRequest(key: "\(key)#\(place)", fingerprint: fingerprint) }
}
