import Domain

/// Where a page of tasks ended; what cannot be read begins anew.
struct PagePlace: Sendable {
    let time: Timestamp
    let id: TaskID

    init(_ time: Timestamp, _ id: TaskID) {
        self.time = time
        self.id = id
    }

    init?(_ cursor: String?) {
        guard let parts = cursor?.split(separator: "_"), parts.count == 2, let time = Int64(parts[0]), let id = TaskID(String(parts[1]))
        else { return nil }
        self.init(Timestamp(microseconds: time), id)
    }

    var text: String { "\(time.microseconds)_\(id)" }
}

extension Page {
    /// Cuts the one item too many that was asked for, and tells the next page's place.
    static func cut(_ items: [Item], limit: Int, total: Int? = nil, after place: (Item) -> String) -> Page {
        guard items.count > limit else { return Page(items: items, next: nil, total: total) }
        let kept = Array(items.prefix(limit))
        return Page(items: kept, next: kept.last.map(place), total: total)
    }
}
