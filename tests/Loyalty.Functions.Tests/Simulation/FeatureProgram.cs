namespace Loyalty.Functions.Tests.Simulation;

/// <summary>The shipped program with journeys and rules that use what it does not: keys, restarts, rounds, splits, answers to one message, caps, quiet hours.</summary>
internal static class FeatureProgram
{
    /// <summary>The step that learns from the goal.</summary>
    public const string AdaptiveSplit = "tone";

    private const string Carts = """
        journey: carts
        title: Carts that wait
        stage: not-bought
        about: customer
        topic: offers
        enter: { event: cart.updated, key: event.cart-id, again: after-end, if-inside: restart, max-age: 1d }
        holdout: 20%
        goal: { event: order.paid, within: 10d, ends-run: true }
        exit:
          - when: customer.consent.offers = false
        steps:
          - name: pause
            wait: 2h
          - name: nudge
            send: cart-waiting
            priority: high
          - name: tone
            split:
              - arm: soft
                share: 40%
                steps:
                  - { name: soft-wait, wait: 1d }
                  - { name: soft-mail, send: second-look, if-not-now: drop }
              - arm: extra
                share: 60%
                steps:
                  - { name: gift, award: 10, expires: 20d }
            by: run
            adaptive: true
          - name: clicked
            wait-for: { event: message.clicked, of: nudge, up-to: 3d }
          - name: done
            end: done
        """;

    private const string Rounds = """
        journey: rounds
        title: After every order, in rounds
        stage: repeat
        about: customer
        topic: offers
        enter: { event: order.paid, when: event.total > 20 USD, again: after 12d, if-inside: refresh }
        send-window: { days: [mon, tue, wed, thu, fri, sat], from: "07:30", to: "22:30" }
        exit:
          - event: order.refunded
            revoke: true
        steps:
          - name: thanks
            award: 25
            expires: 15d
          - name: again
            repeat:
              at-most: 3
              every: 4d
              steps:
                - { name: look, send: help-to-choose, priority: low }
        """;

    private const string Contact = """

        contact:
          quiet-hours: { from: "21:00", to: "08:00" }
          caps:
            - { at-most: 1, per: day }
            - { at-most: 4, per: week, topic: offers }
          repeat-after: 2d
        """;

    /// <summary>Writes it into an empty folder.</summary>
    public static void Write(string shipped, string folder)
    {
        Copy(shipped, folder);
        File.WriteAllText(Path.Combine(folder, "journeys", "carts.yaml"), Carts);
        File.WriteAllText(Path.Combine(folder, "journeys", "rounds.yaml"), Rounds);
        File.AppendAllText(Path.Combine(folder, "program.yaml"), Contact);
    }

    /// <summary>The shipped program, file by file.</summary>
    public static void Copy(string shipped, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(shipped, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
