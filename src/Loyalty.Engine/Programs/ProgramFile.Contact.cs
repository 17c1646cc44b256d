using System.Collections.Immutable;
using Loyalty.Core.Contact;

namespace Loyalty.Engine.Programs;

/// <content>Contact: quiet hours, caps, budgets, double opt-in, complaints, channels.</content>
internal sealed partial class ProgramFile
{
    private const int MostCaps = 20;

    /// <summary>When and how often people are written to.</summary>
    public ContactPolicy Contact { get; private set; } = ContactPolicy.None;

    /// <summary>Channels other than e-mail.</summary>
    public ImmutableSortedDictionary<string, MessageChannelRule> Channels { get; private set; } = Sorted<MessageChannelRule>();

    private void ReadContact(MapReader top)
    {
        if (top.Map("contact") is not { } map) return;
        var reader = new MapReader(map, _findings, "contact", ProgramSyntax.Contact.Names);
        Contact = new ContactPolicy
        {
            Quiet = ReadQuiet(reader),
            Caps = ReadCaps(reader),
            RepeatAfter = reader.Duration("repeat-after") is { IsZero: false } pause ? pause : null,
            Budgets = ReadBudgets(reader),
            DoubleOptIn = [.. reader.Texts("double-opt-in").Select(ContactTopic).OfType<string>()],
            ToEmail = [.. Channels.Values.Where(static one => one.To == ChannelAddress.Email).Select(static one => one.Name)],
            ToPhone = [.. Channels.Values.Where(static one => one.To == ChannelAddress.Phone).Select(static one => one.Name)],
            Complaints = ReadComplaints(reader),
        };
    }

    private QuietHours? ReadQuiet(MapReader contact)
    {
        if (contact.Map("quiet-hours") is not { } map) return null;
        var reader = new MapReader(map, _findings, "quiet-hours", ProgramSyntax.QuietHours.Names);
        if (reader.Clock("from", required: true) is not { } from || reader.Clock("to", required: true) is not { } to) return null;
        if (from != to) return new QuietHours(from, to);
        _findings.Error(map, FindingCodes.BadTime, "the quiet hours last the whole day", "write other times, or leave them out");
        return null;
    }

    private ImmutableArray<FrequencyCap> ReadCaps(MapReader contact)
    {
        var caps = ImmutableArray.CreateBuilder<FrequencyCap>();
        foreach (var item in contact.List("caps")?.Items ?? [])
        {
            if (item is not SourceNode.Map map)
            {
                _findings.Error(item, FindingCodes.WrongType, "a cap is a group of keys", "write { at-most: 3, per: week }");
                continue;
            }

            var reader = new MapReader(map, _findings, "a cap", ProgramSyntax.SendCap.Names);
            var most = reader.Integer("at-most", 1, FrequencyCap.Most, required: true);
            var per = ReadPeriod(reader);
            var topic = reader.Scalar("topic") is { } named ? ContactTopic(named) : null;
            var channel = reader.Scalar("channel") is { } way ? ContactChannel(way) : null;
            if (most is { } count && per is { } period) caps.Add(new FrequencyCap(count, period, topic, channel));
        }

        if (caps.Count > MostCaps) _findings.Error(contact.Get("caps")!, FindingCodes.TooLarge, $"there are more than {MostCaps} caps", "remove some");
        return caps.ToImmutable();
    }

    private ImmutableArray<SendBudget> ReadBudgets(MapReader contact)
    {
        var budgets = ImmutableArray.CreateBuilder<SendBudget>();
        foreach (var (name, value) in contact.Map("budgets")?.Entries ?? [])
        {
            if (value is not SourceNode.Map map)
            {
                _findings.Error(value, FindingCodes.WrongType, $"the budget of '{MapReader.Clip(name.Text)}' is a group of keys", "write email: { at-most: 100000, per: month }");
                continue;
            }

            var reader = new MapReader(map, _findings, $"the budget of '{name.Text}'", ProgramSyntax.Budget.Names);
            var most = reader.Integer("at-most", 0, int.MaxValue, required: true);
            var per = ReadPeriod(reader);
            if (ContactChannel(name) is { } channel && most is { } count && per is { } period) budgets.Add(new SendBudget(channel, count, period));
        }

        return budgets.ToImmutable();
    }

    private static CapPeriod? ReadPeriod(MapReader reader) => reader.OneOf("per", true, "day", "week", "month") switch
    {
        "day" => CapPeriod.Day,
        "week" => CapPeriod.Week,
        "month" => CapPeriod.Month,
        _ => null,
    };

    private ComplaintDesk ReadComplaints(MapReader contact)
    {
        var desk = new ComplaintDesk();
        if (contact.Map("complaints") is not { } map) return desk;
        var reader = new MapReader(map, _findings, "complaints", ProgramSyntax.Complaints.Names);
        var queue = reader.Scalar("queue");
        if (queue is not null && !CheckName(queue, "a queue")) queue = null;
        return new ComplaintDesk(queue?.Text ?? desk.Queue, reader.Duration("due") ?? desk.Due);
    }

    private void ReadChannels(MapReader top)
    {
        foreach (var (name, value) in top.Map("channels")?.Entries ?? [])
        {
            if (!CheckName(name, "a channel")) continue;
            if (name.Text == Consents.Email || value is not SourceNode.Map map)
            {
                _findings.Error(
                    name, FindingCodes.BadValue, name.Text == Consents.Email ? "e-mail is a channel of every program" : $"the channel '{name.Text}' has no address", "write sms: { url: https://…, to: phone }");
                continue;
            }

            var reader = new MapReader(map, _findings, $"the channel '{name.Text}'", ProgramSyntax.Channel.Names);
            var to = reader.OneOf("to", true, "phone", "email", "customer") switch
            {
                "phone" => ChannelAddress.Phone,
                "email" => ChannelAddress.Email,
                _ => ChannelAddress.Customer,
            };
            if (reader.Scalar("url", required: true) is { } url && IsAddress(url)) Channels = Channels.SetItem(name.Text, new MessageChannelRule(name.Text, url.Text, to));
        }
    }

    private string? ContactTopic(SourceNode.Scalar topic)
    {
        if (Topics.ContainsKey(topic.Text)) return topic.Text;
        _findings.Error(topic, FindingCodes.UnknownTopic, $"there is no topic '{MapReader.Clip(topic.Text)}'", MapReader.Suggest(topic.Text, Topics.Keys));
        return null;
    }

    private string? ContactChannel(SourceNode.Scalar channel)
    {
        if (channel.Text == Consents.Email || Channels.ContainsKey(channel.Text)) return channel.Text;
        _findings.Error(channel, FindingCodes.BadValue, $"there is no channel '{MapReader.Clip(channel.Text)}'", MapReader.Suggest(channel.Text, [Consents.Email, .. Channels.Keys]));
        return null;
    }
}
