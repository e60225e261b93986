/// Writes metrics in Prometheus' text format, version 0.0.4.
struct MetricsText {
    enum Kind: String {
        case counter, gauge
    }

    typealias Labels = KeyValuePairs<String, String>

    private(set) var text = ""

    /// Adds a metric with one value.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some Numeric) {
        describe(name, kind.rawValue, help)
        sample(name, [:], value)
    }

    /// Adds a metric with several values, distinguished by a label.
    mutating func add<Value: Numeric>(
        _ name: String, _ kind: Kind, _ help: String, by label: String, _ values: KeyValuePairs<String, Value>
    ) {
        describe(name, kind.rawValue, help)
        for (key, value) in values { sample(name, [label: key], value) }
    }

    /// Writes the HELP and TYPE lines, which come once, before the samples of a metric.
    mutating func describe(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: Labels, _ value: some Numeric) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    /// Adds the samples of a histogram.
    /// - Parameter label: distinguishes this histogram from others of the same metric.
    mutating func samples(_ name: String, _ label: (key: String, value: String)? = nil, histogram: Histogram) {
        func labels(_ bound: String? = nil) -> Labels {
            switch (label, bound) {
            case (let label?, let bound?): [label.key: label.value, "le": bound]
            case (let label?, nil): [label.key: label.value]
            case (nil, let bound?): ["le": bound]
            case (nil, nil): [:]
            }
        }
        var total = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let bound = index < Histogram.bounds.count ? "\(Histogram.bounds[index])" : "+Inf"
            sample("\(name)_bucket", labels(bound), total)
        }
        sample("\(name)_sum", labels(), histogram.sum)
        sample("\(name)_count", labels(), total)
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

/// A histogram of durations.
struct Histogram: Sendable {
    /// The upper bounds of the buckets, in seconds. The last bucket has no bound.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    /// The number of durations in each bucket, not cumulative.
    private(set) var counts = [Int](repeating: 0, count: Self.bounds.count + 1)
    private(set) var sum = 0.0

    var count: Int { counts.reduce(0, +) }

    mutating func note(_ duration: Duration) {
        let seconds = duration / .seconds(1)
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }
}
