/// A page of items: `next` is the cursor of the page after it, `total` is told when that is cheap.
package struct Listing<Item: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    package let items: [Item]
    @OrNull package var next: String?
    @OrNull package var total: Int?

    package init(items: [Item], next: String? = nil, total: Int? = nil) {
        self.items = items
        self.next = next
        self.total = total
    }
}
