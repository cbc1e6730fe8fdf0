import Crypto
package import Domain

/// State hashes by SHA-256.
package struct SHA256Digest: StateDigest {
    package init() {}

    package func hash(_ text: String) -> StateHash {
        StateHash(bytes: Array(SHA256.hash(data: Array(text.utf8))))
    }
}
