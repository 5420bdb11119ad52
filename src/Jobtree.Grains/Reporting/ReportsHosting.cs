using Jobtree.Actors.Reporting;
using Jobtree.Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Grains.Reporting;

/// <summary>Adds the reports of runs to a silo.</summary>
internal static class ReportsHosting
{
    public static void AddReports(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<GrainOptions>();
            return options.ReportedRuns ?? new ReportedRuns(options.Clock);
        });
        silo.Services.AddSingleton<ClusterReports>()
            .AddSingleton<IRunReports>(static provider => provider.GetRequiredService<ClusterReports>());
        silo.AddGrainService<ReportsService>();
    }
}
