namespace Loyalty.Engine.Programs;

/// <summary>A piece of a file: everything is text, lists or keys, with its place. A closed set.</summary>
internal abstract class SourceNode(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }

    internal sealed class Scalar(int line, int column, string text, bool isPlain, bool isCommented) : SourceNode(line, column)
    {
        public string Text { get; } = text;

        /// <summary>Written without quotes.</summary>
        public bool IsPlain { get; } = isPlain;

        /// <summary>A comment follows on the same line.</summary>
        public bool IsCommented { get; } = isCommented;

        public override string Kind => "a text";
    }

    internal sealed class Sequence(int line, int column) : SourceNode(line, column)
    {
        public List<SourceNode> Items { get; } = [];

        public override string Kind => "a list";
    }

    internal sealed class Map(int line, int column) : SourceNode(line, column)
    {
        public List<(Scalar Key, SourceNode Value)> Entries { get; } = [];

        public override string Kind => "a group of keys";

        public SourceNode? Find(string key)
        {
            foreach (var (name, value) in Entries)
            {
                if (name.Text == key) return value;
            }

            return null;
        }
    }
}
