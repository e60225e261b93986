import HTTPServer
import StatusPages

extension Dashboard {
    /// All screens. Each adds its own routes.
    static func routes() -> Router<Screen> {
        var router = Router<Screen>()
        LoginScreen.add(to: &router)
        LoginCodeScreen.add(to: &router)
        LinkScreens.add(to: &router)
        ForgottenPasswordScreen.add(to: &router)
        ConfirmScreen.add(to: &router)
        AccountScreen.add(to: &router)
        PasswordScreen.add(to: &router)
        TwoFactorScreen.add(to: &router)
        SessionsScreen.add(to: &router)
        UserScreens.add(to: &router)
        StatusPagesScreen.add(to: &router)
        PageScreen.add(to: &router)
        APIKeyScreens.add(to: &router)
        SubscriberScreens.add(to: &router)
        DeliveryScreens.add(to: &router)
        AuditScreen.add(to: &router)
        SystemScreen.add(to: &router)
        EventScreens<Incident>.add(to: &router)
        EventScreens<Maintenance>.add(to: &router)
        PreviewScreen.add(to: &router)
        Drafts.add(to: &router)
        TemplatesScreen.add(to: &router)
        CreatePageScreen.add(to: &router)
        ArchivedPagesScreen.add(to: &router)
        SettingsScreen.add(to: &router)
        ArchivePageScreen.add(to: &router)
        DomainScreen.add(to: &router)
        BrandingScreen.add(to: &router)
        WidgetScreen.add(to: &router)
        StructureScreen.add(to: &router)
        return router
    }
}
