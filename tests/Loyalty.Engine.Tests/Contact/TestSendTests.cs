using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Delivery.Templates;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Contact.Previews;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Test messages: one for each key whatever the provider does, never to a suppressed address, never in anybody's history.</summary>
public sealed class TestSendTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);
    private static readonly TestSendRequest ToAnn = new() { Address = "Ann@Example.com" };

    [Fact]
    public async Task Send_TwiceUnderOneKey_IsOneMarkedMessage()
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail());
        var tests = Make(world, provider);

        var first = await tests.SendAsync("hello", ToAnn, "k1", showsPerson: false);
        var again = await tests.SendAsync("hello", ToAnn, "k1", showsPerson: false);

        Assert.Equal("sent", Assert.IsType<TestSendAnswer.Done>(first).Result);
        Assert.Equal(first, again);
        var message = Assert.Single(provider.Messages);
        Assert.Equal("ann@example.com", message.To);
        Assert.StartsWith("[Test] ", message.Subject, StringComparison.Ordinal);
        Assert.Equal("true", message.Headers["X-Loyalty-Test"]);
        Assert.DoesNotContain("List-Unsubscribe-Post", message.Headers.Keys);
        Assert.Equal(1, Assert.Single(provider.Taken).Value);
        Assert.NotEqual(first, await tests.SendAsync("hello", ToAnn, "k2", showsPerson: false));
        Assert.Equal(2, provider.Messages.Count);
    }

    [Theory]
    [InlineData(null, "hello", "ann@example.com", RefusalCode.MissingHeader)]
    [InlineData("k1", "hello", "bob@example.com", RefusalCode.IdempotencyKeyReused)]
    [InlineData("k1", "other", "ann@example.com", RefusalCode.IdempotencyKeyReused)]
    [InlineData("k2", "hello", "nobody", RefusalCode.InvalidField)]
    [InlineData("k2", "hello", "a@b.example\r\nBcc: c@d.example", RefusalCode.InvalidField)]
    [InlineData("k2", "none", "ann@example.com", RefusalCode.NotFound)]
    [InlineData("k2", "_layout", "ann@example.com", RefusalCode.NotFound)]
    public async Task Send_WhatCannotBeSent_IsRefusedAndNothingGoes(string? key, string template, string address, RefusalCode expected)
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail().Templates("other", "_layout"));
        var tests = Make(world, provider);
        await tests.SendAsync("hello", new TestSendRequest { Address = "ann@example.com" }, "k1", showsPerson: false);

        var answer = await tests.SendAsync(template, new TestSendRequest { Address = address }, key, showsPerson: false);

        Assert.Equal(expected, Assert.IsType<TestSendAnswer.Refused>(answer).Code);
        Assert.Single(provider.Messages);
    }

    [Fact]
    public async Task Send_TheChannelDoesNotSayWhatBecameOfIt_StaysUnknownUntilItDoes()
    {
        var provider = new TestProvider { Fault = static () => ProviderFault.LostAnswer, IsSilentWhenAsked = true };
        await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail());
        var tests = Make(world, provider);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("unknown", Assert.IsType<TestSendAnswer.Done>(await tests.SendAsync("hello", ToAnn, "k", showsPerson: false)).Result);
            world.Clock.Now += Duration.FromMinutes(3);
        }

        provider.IsSilentWhenAsked = false;
        Assert.Equal("sent", Assert.IsType<TestSendAnswer.Done>(await tests.SendAsync("hello", ToAnn, "k", showsPerson: false)).Result);
        Assert.Equal(1, Assert.Single(provider.Taken).Value);
    }

    [Theory]
    [InlineData("lost", true, "sent", 1)]
    [InlineData("lost", false, "expired", 1)]
    [InlineData("down", true, "sent", 1)]
    [InlineData("down", false, "expired", 0)]
    public async Task Send_NoAnswer_IsLookedUpAndNeverRepeatedBlindly(string fault, bool canBeAsked, string result, int taken)
    {
        var provider = new TestProvider { CanBeAsked = canBeAsked, Fault = () => fault == "lost" ? ProviderFault.LostAnswer : ProviderFault.Down };
        await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail());
        var tests = Make(world, provider);

        Assert.Equal("unknown", Assert.IsType<TestSendAnswer.Done>(await tests.SendAsync("hello", ToAnn, "k", showsPerson: false)).Result);
        // Somebody may still be at it: nothing is asked or sent.
        Assert.Equal(RefusalCode.Conflict, Assert.IsType<TestSendAnswer.Refused>(await tests.SendAsync("hello", ToAnn, "k", showsPerson: false)).Code);
        provider.Fault = null;
        world.Clock.Now += Duration.FromMinutes(3);

        var later = Assert.IsType<TestSendAnswer.Done>(await tests.SendAsync("hello", ToAnn, "k", showsPerson: false));
        Assert.Equal(result, later.Result);
        Assert.Equal(result == "expired" ? WithholdReasons.OutcomeUnknown : null, later.Reason);
        Assert.Equal(later, await tests.SendAsync("hello", ToAnn, "k", showsPerson: false));
        Assert.Equal(taken, provider.Taken.Values.Sum());
    }

    [Fact]
    public async Task Send_ProviderBusy_IsRefusedWithItsPauseAndCanBeTriedAgain()
    {
        var provider = new TestProvider { Fault = static () => ProviderFault.Busy };
        await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail());
        var tests = Make(world, provider);

        var busy = Assert.IsType<TestSendAnswer.Refused>(await tests.SendAsync("hello", ToAnn, "k", showsPerson: false));
        Assert.Equal((RefusalCode.RateLimited, Duration.FromSeconds(90)), (busy.Code, busy.RetryAfter!.Value));
        provider.Fault = null;

        Assert.Equal("sent", Assert.IsType<TestSendAnswer.Done>(await tests.SendAsync("hello", ToAnn, "k", showsPerson: false)).Result);
    }

    [Fact]
    public async Task Send_QuotaUsedUp_IsRefusedUntilTheNextMinute()
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail());
        using var pacing = new StorePacing(world.Store, world.Programs, ImmutableDictionary<string, ProviderQuota>.Empty.Add("email", new ProviderQuota(PerMinute: 1)), world.Clock);
        var tests = Make(world, provider, new ContactServices(Pacing: pacing));

        Assert.IsType<TestSendAnswer.Done>(await tests.SendAsync("hello", ToAnn, "k1", showsPerson: false));
        var refused = Assert.IsType<TestSendAnswer.Refused>(await tests.SendAsync("hello", ToAnn, "k2", showsPerson: false));

        Assert.Equal(RefusalCode.RateLimited, refused.Code);
        Assert.InRange(refused.RetryAfter!.Value, Duration.FromSeconds(1), Duration.FromMinutes(1));
        Assert.Single(provider.Messages);
    }

    [Theory]
    [InlineData("imported")]
    [InlineData("message.bounced")]
    [InlineData("message.complained")]
    public async Task Send_ToASuppressedAddress_IsRefused(string how)
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: ContactTests.OneMail());
        var list = new SuppressionList(world.Store, world.Clock);
        if (how == "imported")
        {
            await list.ImportAsync(["ann@example.com"], "old-system");
        }
        else
        {
            var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
            await world.SettleAsync();
            await world.TellAsync(ContactTests.About(Assert.Single(await world.Queries.RunsAsync(customer)), how, "ann@example.com", world.Clock.Now + Duration.FromMinutes(5)));
            await world.SettleAsync();
        }

        var before = provider.Messages.Count;
        var answer = await Make(world, provider, new ContactServices(Suppressions: list)).SendAsync("hello", ToAnn, "k", showsPerson: true);

        Assert.Equal(RefusalCode.AddressSuppressed, Assert.IsType<TestSendAnswer.Refused>(answer).Code);
        Assert.Equal(before, provider.Messages.Count);
    }

    [Fact]
    public async Task Send_ToACustomer_UsesUpNoCapAndStandsInNoHistory()
    {
        var provider = new TestProvider();
        var program = ContactTests.OneMail().Program("""
            contact:
              caps:
                - { at-most: 1, per: day }
              repeat-after: 7d
            """);
        await using var world = await EngineWorld.StartAsync(Start, provider, program: program);
        var tests = Make(world, provider);
        for (var i = 0; i < 3; i++) await tests.SendAsync("hello", ToAnn, $"k{i}", showsPerson: false);

        var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
        await tests.SendAsync("hello", ToAnn with { Customer = customer }, "k9", showsPerson: false);
        await world.SettleAsync();

        Assert.Equal("sent", Assert.Single(await world.Queries.MessagesAsync(customer)).Result);
        Assert.Single((await world.Queries.GetAsync(customer))!.Customer!.Contact!.Recent);
        Assert.Equal(5, provider.Messages.Count);
    }

    private static TestSends Make(EngineWorld world, IMessageChannel provider, ContactServices? contact = null)
    {
        var services = contact ?? ContactServices.None;
        var previews = new TemplatePreviews(world.Programs, new Renderers(), world.Queries, services, world.Clock);
        return new TestSends(world.Store, previews, world.Programs, world.Queries, provider, services, world.Clock);
    }

    private sealed class Renderers : ITemplateRenderers
    {
        public IMessageRenderer Of(LiveProgram program) => new HandlebarsRenderer(new FileTemplateSource(program.Files), program.DefaultLocale, program.Model.TimeZone);
    }
}
