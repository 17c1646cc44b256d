using Loyalty.Engine.Storage;

namespace Loyalty.Storage.Contract;

public abstract partial class DocumentStoreContract
{
    [Fact]
    public async Task Race_ParallelCreates_ExactlyOneWins()
    {
        IDocumentStore other = await OpenAsync(Clock);
        for (int round = 0; round < 20; round++)
        {
            string id = $"once-{round}";
            BatchOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(racer => Task.Run(
                async () => await (racer % 2 == 0 ? Store : other).CommitAsync("p", [Create(id, racer), Create($"{id}-by-{racer}", racer)]))));

            int winner = Array.FindIndex(outcomes, outcome => outcome.IsCommitted);
            Assert.Single(outcomes, outcome => outcome.IsCommitted);
            Assert.All(
                outcomes.Where(outcome => !outcome.IsCommitted),
                outcome => Assert.Equal(new BatchOutcome.Refused(0, WriteRefusal.Exists), outcome));
            Assert.Equal(winner, Number((await Store.ReadAsync("p", id))!));
            Assert.Equal([$"{id}-by-{winner}"], await QueryIds(new DocumentQuery("p", $"{id}-by-")));
        }
    }

    [Fact]
    public async Task Race_ParallelCounters_LoseNoUpdate()
    {
        const int Racers = 8;
        const int Turns = 25;
        IDocumentStore other = await OpenAsync(Clock);
        await Commit("p", Create("counter", 0));
        await Task.WhenAll(Enumerable.Range(0, Racers).Select(racer => Task.Run(async () =>
        {
            IDocumentStore store = racer % 2 == 0 ? Store : other;
            for (int turn = 0; turn < Turns;)
            {
                Document counter = (await store.ReadAsync("p", "counter"))!;
                BatchOutcome outcome = await store.CommitAsync(
                    "p", [Replace("counter", counter.ETag, Number(counter) + 1), Create($"tick-{racer}-{turn:00}")]);
                if (outcome.IsCommitted)
                {
                    turn++;
                }
                else
                {
                    Assert.Equal(new BatchOutcome.Refused(0, WriteRefusal.Changed), outcome);
                }
            }
        })));

        Assert.Equal(Racers * Turns, Number((await Store.ReadAsync("p", "counter"))!));
        Assert.Equal(Racers * Turns, (await QueryIds(new DocumentQuery("p", "tick-"))).Count);
    }

    [Fact]
    public async Task Race_TransfersAndReaders_SumOfABatchNeverDiffers()
    {
        await Commit("p", Create("left", 1_000), Create("right", 1_000));
        using var stop = new CancellationTokenSource();
        Task reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                DocumentPage both = await Store.QueryAsync(new DocumentQuery("p"));
                Assert.Equal(2_000, both.Items.Sum(Number));
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(racer => Task.Run(async () =>
        {
            for (int done = 0; done < 25;)
            {
                Document left = (await Store.ReadAsync("p", "left"))!;
                Document right = (await Store.ReadAsync("p", "right"))!;
                BatchOutcome outcome = await Store.CommitAsync(
                    "p",
                    [Replace("left", left.ETag, Number(left) - racer - 1), Replace("right", right.ETag, Number(right) + racer + 1)]);
                done += outcome.IsCommitted ? 1 : 0;
            }
        })));
        await stop.CancelAsync();
        await reading;
        Assert.Equal(1_000 - (25 * (1 + 2 + 3 + 4)), Number((await Store.ReadAsync("p", "left"))!));
    }

    [Fact]
    public async Task Race_WithdrawalAgainstClaims_NoClaimUsesAWithdrawnConsent()
    {
        for (int round = 0; round < 20; round++)
        {
            string partition = $"customer:{round}";
            string granted = await CommitOne(partition, Create("consent", 1));
            Task<BatchOutcome> withdrawal = Task.Run(async () => await Store.CommitAsync(partition, [Replace("consent", granted, 0)]));
            BatchOutcome[] claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(claim => Task.Run(async () =>
            {
                // A guard's ETag may change by the commit, so a claim that meets another claim reads again, as the use case does.
                while (true)
                {
                    Document consent = (await Store.ReadAsync(partition, "consent"))!;
                    if (Number(consent) == 0)
                    {
                        return new BatchOutcome.Refused(0, WriteRefusal.Changed);
                    }

                    BatchOutcome outcome = await Store.CommitAsync(
                        partition, [new DocumentWrite.Guard("consent", consent.ETag), Create($"claim-{claim}")]);
                    if (outcome.IsCommitted)
                    {
                        return outcome;
                    }
                }
            })));

            BatchOutcome withdrawn = await withdrawal;
            Assert.Equal(claims.Count(claim => claim.IsCommitted), (await QueryIds(new DocumentQuery(partition, "claim-"))).Count);
            if (withdrawn.IsCommitted)
            {
                await AssertRefused(0, WriteRefusal.Changed, partition, new DocumentWrite.Guard("consent", granted), Create("late"));
            }
        }
    }

    [Fact]
    public async Task Race_CreateAgainstDelete_LeavesOneOfBothStates()
    {
        for (int round = 0; round < 20; round++)
        {
            string etag = await CommitOne("p", Upsert("a", round));
            Task<BatchOutcome> delete = Task.Run(async () => await Store.CommitAsync("p", [new DocumentWrite.Delete("a", etag)]));
            Task<BatchOutcome> replace = Task.Run(async () => await Store.CommitAsync("p", [Replace("a", etag, -1)]));
            BatchOutcome[] outcomes = await Task.WhenAll(delete, replace);
            Assert.Single(outcomes, outcome => outcome.IsCommitted);
            Document? left = await Store.ReadAsync("p", "a");
            Assert.Equal(outcomes[0].IsCommitted, left is null);
        }
    }
}
