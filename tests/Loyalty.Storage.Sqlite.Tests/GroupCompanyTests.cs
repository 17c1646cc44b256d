namespace Loyalty.Storage.Sqlite.Tests;

public sealed class GroupCompanyTests
{
    private readonly GroupCompany _company = new();

    [Fact]
    public void IsAwaited_NobodyWasAnsweredYet_CommitsAtOnce() => Assert.False(_company.IsAwaited(1));

    [Fact]
    public void IsAwaited_OneCallerAlone_NeverWaits()
    {
        for (int commit = 0; commit < 100; commit++)
        {
            Assert.False(_company.IsAwaited(1));
            _company.Answers(callers: 1, waiting: 0);
        }
    }

    [Theory]
    [InlineData(16, 16, 16, true)] // Two companies in turn: the one that was just answered comes back.
    [InlineData(16, 16, 23, true)]
    [InlineData(16, 16, 24, false)] // The last quarter is decided meanwhile.
    [InlineData(24, 8, 23, true)]
    [InlineData(24, 8, 24, false)]
    [InlineData(1, 1, 1, true)]
    [InlineData(1, 1, 2, false)]
    [InlineData(5, 0, 5, false)]
    public void IsAwaited_AsManyAsWereThereBefore_IsWhatIsWaitedFor(int answered, int waiting, int callers, bool expected)
    {
        _company.Answers(answered, waiting);
        Assert.Equal(expected, _company.IsAwaited(callers));
    }

    [Fact]
    public void StayedAway_AgainAndAgain_WaitsLessAndLess()
    {
        var waits = new List<int>();
        int commits = 0;
        while (waits.Count < 14)
        {
            commits++;
            _company.Answers(callers: 1, waiting: 1);
            if (_company.IsAwaited(1))
            {
                waits.Add(commits);
                _company.StayedAway();
            }
        }

        // One commit is let go between the first two, then 2, 4, … and never more than 1,024.
        int[] between = [.. waits.Zip(waits.Skip(1), static (one, next) => next - one - 1)];
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024], between);
    }

    [Fact]
    public void StayedAway_AfterSomebodyCame_IsNotHeldAgainstTheOthers()
    {
        _company.Answers(callers: 4, waiting: 4);
        Assert.True(_company.IsAwaited(4));
        _company.Came();
        Assert.True(_company.IsAwaited(5));
        _company.StayedAway();
        _company.Answers(callers: 5, waiting: 3);
        Assert.True(_company.IsAwaited(5));
    }

    [Fact]
    public void Came_AfterManyInVain_WaitsAsBefore()
    {
        for (int commit = 0; commit < 100; commit++)
        {
            _company.Answers(callers: 2, waiting: 2);
            if (_company.IsAwaited(2)) _company.StayedAway();
        }

        while (!_company.IsAwaited(2)) _company.Answers(callers: 2, waiting: 2);
        _company.Came();
        _company.Answers(callers: 2, waiting: 2);
        Assert.True(_company.IsAwaited(2));
    }
}
