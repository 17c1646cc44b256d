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
    [InlineData(24, 8, 8, true)] // A large company and a small one in turn: those who were just answered come back.
    [InlineData(24, 8, 15, true)]
    [InlineData(24, 8, 16, false)] // The other half is decided meanwhile.
    [InlineData(4, 4, 3, true)]
    [InlineData(4, 4, 4, false)]
    [InlineData(4, 3, 5, true)] // Where there are few, three quarters are waited for.
    [InlineData(4, 3, 6, false)]
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
        Assert.True(_company.IsAwaited(2));
        _company.Came();
        Assert.True(_company.IsAwaited(3));
        _company.StayedAway();
        _company.Answers(callers: 3, waiting: 5);
        Assert.True(_company.IsAwaited(3));
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
