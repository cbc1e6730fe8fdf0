import Domain

/// Where a page ended.
///
/// Opaque to callers; one that cannot be read begins anew.
enum Cursor {
    /// A place in a list by time and id.
    static func text(_ time: Timestamp, _ id: TaskID) -> String { "\(time.microseconds)_\(id)" }

    static func timeAndID(_ text: String?) -> (time: Timestamp, id: TaskID)? {
        guard let parts = text?.split(separator: "_"), parts.count == 2, let time = Int64(parts[0]), let id = TaskID(String(parts[1]))
        else {
            return nil
        }
        return (Timestamp(microseconds: time), id)
    }

    /// A place in a list by number and text, e.g.
    ///
    /// OLT and ONU index.
    static func text(_ number: Int64, _ text: String) -> String { "\(number)_\(text)" }

    static func numberAndText(_ text: String?) -> (number: Int64, text: String)? {
        guard let text, let end = text.firstIndex(of: "_"), let number = Int64(text[..<end]) else { return nil }
        return (number, String(text[text.index(after: end)...]))
    }

    /// Cuts the one row too many that was asked for, and tells the next page's place.
    static func page<Item>(_ items: [Item], limit: Int, after place: (Item) -> String) -> Page<Item> {
        guard items.count > limit else { return Page(items: items, next: nil) }
        let kept = Array(items.prefix(limit))
        return Page(items: kept, next: kept.last.map(place))
    }
}
