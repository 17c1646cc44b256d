namespace Loyalty.Engine.Tests.Programs;

/// <summary>A program that says everything program.yaml and offers.yaml can say, each key at least once.</summary>
internal static class ProgramSample
{
    public const string Program = """
        program: whole
        title: The Whole Shop
        url: https://shop.example
        zone: Europe/Sofia
        currency: EUR
        locales: [en]
        sender: { name: The Shop, address: hello@shop.example }
        topics: { offers: Offers, tips: { title: Tips } }
        facts: { size: text }
        events: { club.joined: { level: number } }
        wallets:
          spendable: { returns: within-balance, cost: 0.01 EUR }
          gift-card: {}
        stacking: { season: best }
        rates: [ { currency: USD, from: "2026-01-01", rate: 0.92 } ]
        earning:
          - { rule: euro, event: order.paid, wallet: spendable, per-amount: 1.5, base: gross, minimum: 20 EUR, nth-order: 1, from: "2026-01-01", until: "2027-01-01",
              when: customer.orders > 0, channels: [web], hours: { days: [mon], from: "08:00", to: "10:00" }, only: { skus: [a], categories: [b], labels: [c] },
              exclude-skus: [d], exclude-categories: [e], exclude-labels: [f], cap: { event: 100, day: 200, month: 300, lifetime: 400, budget: 500000 }, cool-down: 7d, once: true,
              group: season, order: 2, active: { after-fulfilment: 14d, at-latest: 30d }, expires: 365d }
          - { rule: bands, event: order.paid, bands: [ { from: 0, points: 5 }, { from: 50 EUR, per-amount: 2 } ], every-nth-order: 3, active: { after-payment: 1d }, expires: { end-of: year, later: 1 } }
          - { rule: units, event: order.paid, per-unit: 5, active: immediately, expires: { sliding: 90d } }
          - { rule: double, event: order.paid, multiply: 2, of: [euro], expires: never }
          - { rule: joined, event: club.joined, points: event.level * 10 }
        pay: { wallet: spendable, value: [ { from: "2026-01-01", worth: 0.01 EUR } ], minimum: 100, step: 10, max-share: 50%, exclude: { skus: [g], categories: [h], labels: [i] } }
        corrections: { approval-above: 1000 }
        restore-grace: 30d
        close: { earning-until: "2030-01-01" }
        tiers:
          by: points
          wallet: spendable
          window: calendar-year
          grace: 30d
          levels: [ { tier: silver, title: Silver, from: 100, multiply: 1.5, privileges: { parking: free } } ]
        games:
          - { badge: regular, title: Regular, event: order.paid, when: event.total > 5 EUR, times: 10, points: 50, wallet: spendable, expires: 30d, repeat: true }
          - { challenge: spender, event: order.paid, amount: 100 EUR, from: "2026-01-01", until: "2026-12-31" }
          - { badge: wide, event: order.paid, categories: 3, expires: { end-of: year, later: 1 } }
          - { badge: many, event: order.paid, skus: 5, expires: { sliding: 90d } }
          - { streak: weekly, event: order.paid, every: week, length: 4 }
        signals:
          cart-abandoned: { after: 1h }
          reorder-due: { after-one-order: 60d, at-least: 7d, at-most: 365d, by-category: true }
          inactive: { after: never, intervals: 2, at-least: 30d }
          points-expiring: { before: [30d, 1w] }
          birthday: { before: 3d, at: "09:00" }
        measures:
          big-orders: { count: order.paid, when: event.total > 5 EUR, within: 365d }
          spent: { sum: [order.paid], of: event.total }
          first-club: { first: club.joined }
          last-level: { last: club.joined, of: event.level }
        endpoints: { crm: { url: https://crm.example/hook, reply: { score: number } } }
        holdout: 5%
        assets: { plate: text }
        referrals:
          link: https://shop.example/?ref={code}
          minimum: 20 EUR
          return-window: 14d
          void-within: 90d
          click-window: 30d
          friend: { points: 100, at: join }
          referrer: { offer: ten }
          per-referrer: 10
          per-network: 5
          checks: { own-account: refuse, own-email: refuse, own-phone: refuse, known-email: refuse, same-address: hold, same-device: refuse, same-card: refuse,
                    closed-loop: refuse, existing-customer: refuse, referrer-velocity: hold, network-velocity: allow }
        channels: { sms: { url: https://sms.example/hook, to: phone } }
        contact:
          quiet-hours: { from: "21:00", to: "08:00" }
          caps: [ { at-most: 3, per: week, topic: offers, channel: email } ]
          repeat-after: 7d
          budgets: { sms: { at-most: 1000, per: month } }
          double-opt-in: [tips]
          complaints: { queue: support, due: 2d }
        """;

    public const string Offers = """
        offers:
          ten: { title: Ten, gives: 10%, pattern: "TEN-####-####?", codes: pattern, redeem-at: api, valid: 30d, from: "2026-01-01", until: "2026-12-31", stock: 100,
                 budget: 500 EUR, per-customer: 1, price: 500, minimum: 20 EUR, stacking: alone, group: spring }
          up-to: { title: Up to, gives: { percent: 10%, at-most: 5 EUR } }
          item: { title: Item, gives: { free-item: mug } }
          points: { title: Points, gives: { points: 100, wallet: spendable }, budget: 1000 }
          card: { title: Card, gives: { gift-card: 25 EUR, wallet: gift-card } }
          trade: { title: Trade, gives: { trade-credit: 25 EUR, wallet: gift-card } }
          status: { title: Status, gives: { status: silver, for: 90d } }
          ticket: { title: Ticket, gives: { prize-draw-ticket: summer } }
        draws: { summer: { title: Summer, prizes: 3 } }
        """;
}
