// swift-tools-version: 6.1

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

// The targets that only developers build. The image is built without them, so its layers do not depend on them.
let development: [Target] =
    Context.environment["ALLCLEAR_ONLY_SERVER"] != nil
    ? []
    : [
        .executableTarget(
            name: "http-echo", dependencies: ["HTTPServer", httpTypes, logging, argumentParser],
            path: "Examples/http-echo", swiftSettings: settings),
        .systemLibrary(name: "CBrotliDecoder", path: "Tests/CBrotliDecoder"),
        .target(
            name: "CFaultyDisk", path: "Tests/CFaultyDisk", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "TestSupport", dependencies: ["CFaultyDisk", "CSQLite", "Locking", logging],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(
            name: "APITests",
            dependencies: [
                "TestSupport", "allclear", "ManagementAPI", "Dashboard", "PublicPages", "Publishing", "Notifications",
                "StatusPages", "Accounts", "Storage", "HTTPServer", "JSONInput", "Locking", grdb, httpTypes, logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: ["TestSupport", "HTTPServer", "CLinux", "COpenSSL", "Locking", httpTypes, logging],
            swiftSettings: settings),
        .testTarget(
            name: "PublicPagesTests",
            dependencies: [
                "TestSupport", "PublicPages", "Publishing", "StatusPages", "Storage", "Markup", "HTTPServer",
                "CBrotliDecoder", "CZlib", "Locking", httpTypes,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AccountsTests", dependencies: ["Accounts", "StatusPages", "Cryptography"], swiftSettings: settings),
        .testTarget(
            name: "DashboardTests",
            dependencies: [
                "TestSupport", "Dashboard", "Accounts", "StatusPages", "Storage", "Publishing", "Notifications",
                "PublicPages", "Markup", "HTTPServer", "Cryptography", "Locking", httpTypes, logging,
            ],
            swiftSettings: settings),
        .testTarget(name: "CivilCalendarTests", dependencies: ["CivilCalendar"], swiftSettings: settings),
        .testTarget(name: "StatusPagesTests", dependencies: ["TestSupport", "StatusPages"], swiftSettings: settings),
        .testTarget(
            name: "NotificationsTests",
            dependencies: [
                "TestSupport", "Notifications", "Publishing", "StatusPages", "Storage", "Locking", "Cryptography",
                logging,
            ],
            exclude: ["Golden"], swiftSettings: settings),
        .testTarget(
            name: "PublishingTests",
            dependencies: [
                "TestSupport", "Publishing", "StatusPages", "Accounts", "Storage", "Cryptography", "Locking", grdb,
            ], swiftSettings: settings),
        .testTarget(name: "MarkupTests", dependencies: ["Markup"], swiftSettings: settings),
        .testTarget(name: "JSONInputTests", dependencies: ["TestSupport", "JSONInput"], swiftSettings: settings),
        .testTarget(
            name: "StorageTests", dependencies: ["TestSupport", "Storage", "StatusPages", "Accounts", "Locking", grdb],
            swiftSettings: settings),
        .testTarget(
            name: "AllclearTests",
            dependencies: [
                "TestSupport", "allclear", "ManagementAPI", "Dashboard", "Publishing", "Notifications", "StatusPages",
                "Accounts", "Storage", "Litestream", "JSONInput", "HTTPServer", "Locking", httpTypes, logging,
            ],
            swiftSettings: settings),
    ]

// The targets, innermost first. ARCHITECTURE.md says what each contains and what it may import.
let package = Package(
    name: "allclear",
    products: [.executable(name: "allclear", targets: ["allclear"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CBrotli", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CCMark", providers: [.apt(["libcmark-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CQREncode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .plugin(name: "EmbedAssets", capability: .buildTool()),
        .plugin(name: "EmbedCommit", capability: .buildTool()),
        .target(name: "BuildInfo", swiftSettings: settings, plugins: ["EmbedCommit"]),
        .target(name: "CivilCalendar", swiftSettings: settings),
        .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: settings),
        .target(name: "JSONInput", swiftSettings: settings),
        .target(name: "Locking", swiftSettings: settings),
        .target(name: "Markup", dependencies: ["CCMark"], swiftSettings: settings),
        .target(
            name: "HTTPServer", dependencies: ["CivilCalendar", "CLinux", "COpenSSL", "Locking", httpTypes, logging],
            swiftSettings: settings),
        .target(name: "StatusPages", dependencies: ["CivilCalendar"], swiftSettings: settings),
        .target(name: "Accounts", dependencies: ["StatusPages", "Cryptography"], swiftSettings: settings),
        .target(
            name: "Storage", dependencies: ["StatusPages", "Accounts", "CSQLite", "Locking", grdb],
            swiftSettings: settings),
        .target(name: "Litestream", dependencies: ["Storage", "CCurl", "Locking"], swiftSettings: settings),
        .target(
            name: "Publishing", dependencies: ["StatusPages", "Accounts", "Storage", "Cryptography", "Locking"],
            swiftSettings: settings),
        .target(
            name: "Notifications",
            dependencies: [
                "StatusPages", "Storage", "Publishing", "Markup", "CivilCalendar", "Cryptography", "CCurl", "Locking",
                logging,
            ],
            swiftSettings: settings),
        .target(
            name: "PublicPages",
            dependencies: [
                "StatusPages", "Storage", "Publishing", "Markup", "HTTPServer", "JSONInput", "Cryptography", "CBrotli",
                "CZlib", "Locking", httpTypes,
            ],
            exclude: ["Site/Assets"], swiftSettings: settings, plugins: ["EmbedAssets"]),
        .target(
            name: "ManagementAPI",
            dependencies: [
                "StatusPages", "Accounts", "Storage", "Publishing", "PublicPages", "Notifications", "HTTPServer",
                "JSONInput", "Cryptography", "Locking", "BuildInfo", httpTypes, logging,
            ],
            swiftSettings: settings),
        .target(
            name: "Dashboard",
            dependencies: [
                "StatusPages", "Accounts", "Storage", "Publishing", "PublicPages", "Notifications", "Markup",
                "HTTPServer", "CivilCalendar", "Cryptography", "CQREncode", "Locking", "BuildInfo", httpTypes,
                logging,
            ],
            exclude: ["Assets"], swiftSettings: settings, plugins: ["EmbedAssets"]),
        .executableTarget(
            name: "allclear",
            dependencies: [
                "StatusPages", "Accounts", "Storage", "Litestream", "Publishing", "PublicPages", "Notifications",
                "ManagementAPI", "Dashboard", "HTTPServer", "JSONInput", "Locking", "BuildInfo", httpTypes,
                logging, argumentParser,
            ],
            swiftSettings: settings),
    ] + development
)
