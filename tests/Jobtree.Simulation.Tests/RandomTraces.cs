using FsCheck;
using FsCheck.Fluent;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests;

/// <summary>Traces of three clusters in which work piles up, with now and then a job that is too wide.</summary>
internal static class RandomTraces
{
    public static Arbitrary<JobTrace> UpTo(int gpus) =>
        (from jobs in (from cluster in Gen.Elements("x", "y", "z")
                       from submit in Gen.Choose(0, 200)
                       from width in Gen.Frequency(
                           (6, Gen.Choose(1, 3)), (3, Gen.Choose(4, gpus)), (1, Gen.Choose(gpus + 1, gpus + 3)))
                       from duration in Gen.Choose(1, 60)
                       select (cluster, submit, width, duration)).NonEmptyListOf()
         select TinyTrace.Of([.. jobs])).ToArbitrary();

    /// <summary>The same, of two users in each cluster, some of whom state a duration, true or not.</summary>
    public static Arbitrary<JobTrace> OfUsersUpTo(int gpus) =>
        (from trace in UpTo(gpus).Generator
         from draws in Gen.Choose(0, 11).ArrayOf(trace.Jobs.Length)
         select new JobTrace("tiny", trace.Jobs.Select((job, index) => job with
         {
             User = draws[index] % 2 == 0 ? "u" : "v",
             Stated = draws[index] > 5 ? job.Duration * (draws[index] - 4) / 3 : null,
         }))).ToArbitrary();
}
