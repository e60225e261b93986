import Markup

extension Texts {
    /// Zero and one are singular.
    static let french = Texts(
        locale: "fr",
        languageName: "Français",
        dates: DateWords(
            shortMonths: [
                "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
            ],
            months: [
                "Janvier", "Février", "Mars", "Avril", "Mai", "Juin", "Juillet", "Août", "Septembre", "Octobre",
                "Novembre", "Décembre",
            ],
            date: { "\($0 == 1 ? "1er" : String($0)) \($1) \($2)" },
            moment: { "\($0), \($1) UTC" },
            month: { "\($0) \($1)" }),
        lengths: LengthWords(
            days: "\u{A0}j", hours: "\u{A0}h", minutes: "\u{A0}min", separator: " ",
            underOneMinute: "moins d’1\u{A0}min"),
        statuses: StatusTexts(
            operational: "Opérationnel",
            underMaintenance: "En maintenance",
            degradedPerformance: "Performances dégradées",
            partialOutage: "Panne partielle",
            fullOutage: "Panne totale",
            allOperational: "Tous les systèmes sont opérationnels",
            ongoingIncident: "Incident en cours",
            investigating: "Analyse en cours",
            identified: "Cause identifiée",
            monitoring: "Sous surveillance",
            resolved: "Résolu",
            scheduled: "Prévue",
            inProgress: "En cours",
            completed: "Terminée"),
        uptime: UptimeTexts(
            bar: "État de chacun des 90 derniers jours",
            daysAgo: { "Il y a \($0) jours" },
            today: "Aujourd’hui",
            percentage: { "\($0.withDecimalComma)\u{A0}% de disponibilité" },
            affectedDays: { $0 < 2 ? "\($0) jour avec des problèmes" : "\($0) jours avec des problèmes" },
            noAffectedDays: "Aucun jour avec des problèmes",
            noDowntime: "Aucune interruption",
            noData: "Aucune donnée",
            lasted: { "\($0) pendant \($1)" }),
        events: EventTexts(
            incident: "Incident",
            maintenance: "Maintenance",
            affectedComponents: "Composants concernés",
            moreComponents: { $0 < 2 ? "\($0) autre" : "\($0) autres" },
            updates: "Mises à jour",
            allUpdates: { "Toutes les mises à jour (\($0))" },
            earlierUpdates: { $0 < 2 ? "\($0) mise à jour précédente" : "\($0) mises à jour précédentes" },
            edited: "modifié",
            details: "Détails",
            since: { "Depuis le \($0)" },
            between: { "Du \($0) au \($1)" },
            duration: { "Durée\u{A0}: \($0)" },
            worstImpact: { "Impact maximal\u{A0}: \($0)" },
            addToCalendar: "Ajouter au calendrier",
            partOf: { "Fait partie de \($0)" }),
        history: HistoryTexts(
            history: "Historique",
            emptyMonth: "Aucun incident ni maintenance.",
            newer: "Plus récents",
            older: "Plus anciens"),
        subscription: SubscriptionTexts(
            subscribe: "S’abonner",
            introduction:
                "Choisissez comment être informé des incidents et des maintenances. Aucun compte n’est nécessaire.",
            feeds: "Flux",
            feedsExplanation: "Ajoutez l’une de ces adresses à un lecteur de flux ou à une application de messagerie.",
            calendar: "Calendrier",
            calendarExplanation: "Affiche les maintenances prévues et les suit si elles sont déplacées.",
            calendarApp: "Application de calendrier",
            googleCalendar: "Google Agenda",
            slack: "Slack",
            slackExplanation: "Saisissez ceci dans un canal Slack\u{A0}:",
            allWays: "Tous les moyens de s’abonner"),
        signUp: SignUpTexts(
            email: "E-mail",
            explanation: "Recevez un e-mail à chaque message sur les incidents et les maintenances.",
            address: "Adresse e-mail",
            addressHint: "Vous recevrez un e-mail avec un lien de confirmation.",
            someComponents: "Choisir des composants",
            noneChosen: "Sans choix, vous recevez les messages sur tous les composants.",
            leaveEmpty: "Laissez ce champ vide",
            invalidAddress: "Saisissez une adresse e-mail, par exemple nom@example.com.",
            unknownComponent: "L’un des composants choisis n’est plus sur cette page. Veuillez choisir à nouveau.",
            checkInbox: "Consultez votre messagerie",
            checkInboxExplanation: """
                Un e-mail avec un lien est en route. Ouvrez ce lien pour continuer. Si rien n’arrive d’ici \
                quelques minutes, regardez aussi dans les indésirables.
                """,
            tooMany: "Trop de demandes",
            tooManyExplanation: "Veuillez réessayer dans quelques minutes."),
        subscriber: SubscriberTexts(
            confirmTitle: "Confirmez votre abonnement",
            confirmExplanation: """
                Les messages sur les incidents et les maintenances seront envoyés à cette adresse\u{A0}:
                """,
            confirm: "Confirmer",
            confirmed: "Votre abonnement est actif",
            confirmedExplanation: """
                Les messages sur les incidents et les maintenances sont désormais envoyés à cette adresse\u{A0}:
                """,
            change: "Modifier l’abonnement",
            yours: "Votre abonnement",
            since: "Depuis le",
            updatesOn: "Messages sur",
            wholePage: "Toute la page",
            save: "Enregistrer",
            toWholePage: "Recevoir tous les messages",
            saved: "Vos modifications sont enregistrées.",
            chooseOne: "Choisissez au moins un composant, ou recevez tous les messages.",
            unsubscribe: "Se désabonner",
            unsubscribeExplanation: "Aucun message ne sera plus envoyé à cette adresse\u{A0}:",
            unsubscribed: "Votre abonnement est terminé",
            unsubscribedExplanation: "Vous ne recevrez plus de messages. Vous pouvez vous réabonner à tout moment.",
            inactive: "Aucun abonnement actif",
            inactiveExplanation: """
                Aucun message n’est envoyé à cette adresse. Vous pouvez vous réabonner à tout moment.
                """,
            expired: "Ce lien a expiré",
            expiredExplanation: "Abonnez-vous à nouveau pour recevoir un nouveau lien."),
        skipToContent: "Aller au contenu",
        navigation: "Pages",
        status: "État",
        support: "Assistance",
        privacy: "Confidentialité",
        terms: "Conditions",
        languages: "Langues",
        ongoingIncidents: "Incidents en cours",
        maintenanceInProgress: "Maintenances en cours",
        components: "Composants",
        componentCount: { $0 < 2 ? "\($0) composant" : "\($0) composants" },
        scheduledMaintenance: "Maintenances prévues",
        lastFourteenDays: "14 derniers jours",
        nothingEnded: "Aucun incident ni maintenance ne s’est terminé au cours des 14 derniers jours.",
        notFound: "Page introuvable",
        notFoundExplanation: "Il n’y a rien à cette adresse. Le contenu a peut-être été supprimé.",
        toStatus: "Voir l’état actuel")
}
