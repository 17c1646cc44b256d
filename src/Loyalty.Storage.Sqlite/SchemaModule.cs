namespace Loyalty.Storage.Sqlite;

/// <summary>The tables of one component, as scripts that each raise the component's version by one.</summary>
/// <param name="Component">Name in the table <c>schema</c>, e.g. <c>documents</c>.</param>
/// <param name="Steps">Step 0 makes version 1 from nothing. A released step is never edited; a change is a further step.</param>
public sealed record SchemaModule(string Component, IReadOnlyList<string> Steps)
{
    /// <summary>The version this program knows.</summary>
    public int Version => Steps.Count;

    internal void Apply(SqliteSession session, string path)
    {
        long present = PresentVersion(session);
        if (present > Version)
        {
            throw new SqliteFileException(
                $"'{path}' was written by a newer version: its {Component} tables have version {present}, this program knows {Version}.");
        }

        if (present == Version)
        {
            return;
        }

        for (int step = (int)present; step < Version; step++)
        {
            session.ExecuteScript(Steps[step]);
        }

        session.Prepare("INSERT INTO schema(component, version) VALUES(?1, ?2) ON CONFLICT(component) DO UPDATE SET version = ?2")
            .Bind(1, Component).Bind(2, Version).Execute();
    }

    private long PresentVersion(SqliteSession session)
    {
        using SqliteStatement statement = session.Prepare("SELECT version FROM schema WHERE component = ?1").Bind(1, Component);
        return statement.Step() ? statement.GetInt64(0) : 0;
    }
}
