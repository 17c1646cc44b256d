namespace Loyalty.Functions.Tests.Simulation;

/// <summary>
/// Journeys that use together what is rarely used together, in a shop whose clocks are put back on 15 February 2026: audiences, measures and signals,
/// a zone that changes under way, exits while a run listens, goals of each pass, runs that start each other, revoked codes and points, tasks nobody does.
/// </summary>
/// <remarks>
/// Where two runs of one person hear of the same event and the one writes what the other asks, the host's threads decide whose turn comes first. So what
/// <c>weekly</c> writes when somebody unsubscribes is asked by <c>leavers</c> only after the unsubscribing itself.
/// </remarks>
internal static class RareProgram
{
    private static readonly Dictionary<string, string> Journeys = new(StringComparer.Ordinal)
    {
        ["weekly"] = """
            journey: weekly
            topic: offers
            enter: { audience: customer.orders > 0 and customer.measures.paid-30 < 3, each: { days: [wed, sun], at: "09:30" }, if-inside: restart }
            holdout: 25%
            goal: { event: order.paid, within: 9d, ends-run: true }
            exit:
              - { event: cart.updated, when: event.total > 60 USD, outcome: busy-buying }
            send-window: { days: [mon, tue, wed, thu, fri, sat], from: "19:00", to: "02:00" }
            steps:
              - { name: note, send: what-is-new, if-late: drop, give-up: 2d }
              - name: opened
                wait-for: { event: [message.clicked, message.unsubscribed], since: entry, of: note, up-to: 2d }
                in-time:
                  - { name: far, set: { customer.zone: "'Australia/Lord_Howe'", customer.tags.far: "true", customer.facts.last-total: customer.measures.last-paid } }
                  - { name: score, emit: program.scored, with: { score: customer.measures.paid-30 * 2 } }
                too-late:
                  - name: by-luck
                    split:
                      - arm: left
                        share: 30%
                        steps: [ { name: left-rest, wait: { until: [mon, thu], at: "02:30" } } ]
                      - arm: right
                        share: 70%
                        steps: [ { name: right-gift, award: customer.measures.paid-sum / 1 USD, expires: 6d, refused: [ { name: right-none, wait: 2h } ] } ]
                    by: run
              - { name: evening, wait: { until: "01:30", not-before: 1d } }
              - { name: late-note, send: second-look, if-late: only-within 1h }
            """,
        ["scored"] = """
            journey: scored
            topic: offers
            enter: { event: program.scored, when: event.score >= 2, again: after 3d, if-inside: refresh }
            exit:
              - { event: order.refunded, revoke: true, outcome: refunded }
            steps:
              - { name: code, offer: come-back-10, valid: 5d }
              - { name: hand-on, start: helper, with: { points: entry.score * 5 } }
              - name: hear
                wait-for:
                  any:
                    - { case: bought, event: order.paid, when: event.total > 40 USD and entry.score > 0, steps: [ { name: thanks, award: 7 } ] }
                    - { case: browsed, event: cart.updated, steps: [ { name: rest, wait: 90min } ] }
                    - { case: silent, event: customer.inactive }
                  up-to: 1w
                in-time: [ { name: quiet, set: { customer.tags.quiet: "true" } } ]
                too-late: [ { name: give-more, award: 3, wallet: spendable, expires: 1mo } ]
              - { name: over, end: told }
            """,
        ["helper"] = """
            journey: helper
            topic: offers
            enter: { manual: true, with: { points: number } }
            steps:
              - { name: give, award: entry.points, reason: helping }
              - name: call
                task: calls
                due: 30h
                with: { points: entry.points }
                outcomes: [ { outcome: reached, steps: [ { name: noted, set: { customer.tags.reached: "true" } } ] } ]
                too-late: [ { name: letter, send: stay-in-touch, class: transactional } ]
            """,
        ["passes"] = """
            journey: passes
            topic: offers
            enter: { event: customer.reorder-due, key: event.type, again: after 4d, if-inside: restart, max-age: 5d }
            goal: { event: order.paid, when: event.total > 15 USD, within: 3d, per: pass }
            send-window: { from: "23:30", to: "00:30" }
            steps:
              - name: rounds
                repeat:
                  at-most: 4
                  every: 3d
                  while: customer.measures.paid-30 < 4
                  steps:
                    - { name: once, send: time-to-reorder, with: { category: "'tea'" }, give-up: 1d, priority: high }
                    - name: buys
                      wait-for: { event: order.paid, up-to: 2d }
                      in-time: [ { name: buys-gift, award: 5 } ]
              - { name: due, wait: { until: customer.next-order-at - 2d, at: "12:00" }, too-late: [ { name: no-date, set: { customer.tags.no-date: "true" } } ] }
            """,
        ["leavers"] = """
            journey: leavers
            topic: offers
            enter: { event: [cart.abandoned, customer.stage-changed], again: after-end }
            holdout: 10%
            goal: { event: [order.paid, referral.joined], within: 6d, ends-run: false }
            exit:
              - { when: customer.orders > 2, outcome: regular }
              - { event: message.unsubscribed, outcome: left }
              - { when: customer.tags contains 'far', outcome: moved }
            steps:
              - { name: any-news, wait-for: { when: customer.points > 150 or customer.measures.first-paid within 3d, up-to: 4d }, in-time: [ { name: rich, send: points-waiting, with: { points: customer.points }, if-not-now: drop } ] }
              - name: tone
                split:
                  - arm: warm
                    share: 50%
                    steps: [ { name: warm-mail, send: we-miss-you, with: { points: customer.points }, not-sent: [ { name: warm-gift, award: 2, expires: 1w } ] } ]
                  - arm: dry
                    share: 50%
                    steps: [ { name: dry-mail, send: still-need-it, with: { points: customer.points }, priority: low } ]
                adaptive: true
              - { name: month-end, wait: { until: ['01-31', '02-15', '02-29'], at: "02:30" } }
            """,
    };

    private const string Program = """

        facts: { last-total: money }
        events: { program.scored: { score: number } }
        measures:
          paid-30: { count: order.paid, within: 30d }
          paid-sum: { sum: order.paid, of: event.total, within: 20d }
          first-paid: { first: order.paid }
          last-paid: { last: order.paid, of: event.total }
        contact:
          quiet-hours: { from: "03:00", to: "05:30" }
          caps:
            - { at-most: 3, per: day }
        """;

    /// <summary>Writes it into an empty folder.</summary>
    public static void Write(string shipped, string folder)
    {
        FeatureProgram.Copy(shipped, folder);
        foreach (var (name, yaml) in Journeys) File.WriteAllText(Path.Combine(folder, "journeys", name + ".yaml"), yaml);
        var program = Path.Combine(folder, "program.yaml");
        var text = File.ReadAllText(program).Replace("zone: America/New_York", "zone: Africa/Casablanca", StringComparison.Ordinal)
            .Replace("reorder-due: { after-one-order: 60d, at-least: 7d", "reorder-due: { after-one-order: 9d, at-least: 3d", StringComparison.Ordinal)
            .Replace("inactive: { after: 90d, intervals: 2, at-least: 30d }", "inactive: { after: 10d, intervals: 2, at-least: 5d }", StringComparison.Ordinal);
        File.WriteAllText(program, text + Program);
    }
}
