using System.CommandLine;
using Jobtree.Core.Scheduling;
using Jobtree.Silo.Commands;

namespace Jobtree.Silo.Tests.Commands;

public sealed class SchedulerOptionTests
{
    [Fact]
    public void Without_options_the_times_are_those_of_the_scheduler() =>
        Assert.Equal(new SchedulerOptions(), Read());

    [Fact]
    public void Each_option_sets_what_it_names() =>
        Assert.Equal(new SchedulerOptions
        {
            ActivationLead = TimeSpan.FromSeconds(3),
            ReplanMin = TimeSpan.FromSeconds(2.5),
            GrowthMin = TimeSpan.FromSeconds(1),
            Serving = ServingOrder.Shortest,
            ClaimWaitMax = TimeSpan.FromHours(1.5),
        }, Read("--claim-wait-max", "1.5", "--activation-lead", "3",
             "--replan-min", "2.5", "--growth-min", "1", "--order", "shortest"));

    [Theory]
    [InlineData("--activation-lead", "0")]
    [InlineData("--replan-min", "-1")]
    [InlineData("--growth-min", "86401")]
    [InlineData("--growth-min", "NaN")]
    public void A_time_out_of_bounds_is_refused_by_its_name(string option, string value) =>
        Assert.Contains($"{option} takes seconds, 0.1 to 86400",
            Assert.Throws<ArgumentException>(() => Read(option, value)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("-1")]
    [InlineData("8761")]
    [InlineData("NaN")]
    public void A_wait_out_of_bounds_is_refused(string value) =>
        Assert.Contains("--claim-wait-max takes hours, 0 to 8760",
            Assert.Throws<ArgumentException>(() => Read("--claim-wait-max", value)).Message, StringComparison.Ordinal);

    private static SchedulerOptions Read(params string[] arguments)
    {
        var options = new UpOptions();
        var command = new Command("up");
        options.AddTo(command);
        var parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return options.Read(parsed).Scheduler;
    }
}
