using Jobtree.Silo.Clocks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The membership table with times that do not depend on this silo's wall clock. Orleans stamps its entries and votes
/// with the wall clock, and the others compare that with their own. A silo that is killed while its clock is a day
/// ahead would look alive for that day: if no other one is active then, whoever wants to join waits for it, and the
/// fleet stands still. So what this silo stamps is written in the ledger's time, which all silos have from Redis.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="local">This silo.</param>
/// <param name="clock">The ledger's clock.</param>
internal sealed class DatedMembershipTable(IMembershipTable table, ILocalSiloDetails local, LedgerClock clock)
    : IMembershipTable
{
    /// <summary>Puts this before the table that Orleans has registered. Orleans compares with the same clock, which is
    /// the silo's <see cref="TimeProvider"/>.</summary>
    public static void Register(IServiceCollection services, LedgerClock clock)
    {
        var registered = services.Last(service => service.ServiceType == typeof(IMembershipTable));
        if (registered.ImplementationFactory is not { } make)
            throw new InvalidOperationException("Orleans registers its membership in another way than is known here.");
        services.Replace(ServiceDescriptor.Singleton<IMembershipTable>(provider => new DatedMembershipTable(
            (IMembershipTable)make(provider), provider.GetRequiredService<ILocalSiloDetails>(), clock)));
    }

    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) =>
        table.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) =>
        table.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) =>
        table.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) =>
        table.ReadRowAsync(key, cancellationToken);

    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken) =>
        table.ReadAllAsync(cancellationToken);

    public Task<bool> InsertRowAsync(
        MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) =>
        table.InsertRowAsync(Dated(entry, isNew: true), tableVersion, cancellationToken);

    public Task<bool> UpdateRowAsync(
        MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        table.UpdateRowAsync(Dated(entry, isNew: false), etag, tableVersion, cancellationToken);

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) =>
        table.UpdateIAmAliveAsync(Dated(entry, isNew: false), cancellationToken);

    // Older names of the same.

    Task IMembershipTable.InitializeMembershipTable(bool tryInitTableVersion) =>
        InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    Task IMembershipTable.DeleteMembershipTableEntries(string clusterId) =>
        DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    Task IMembershipTable.CleanupDefunctSiloEntries(DateTimeOffset beforeDate) =>
        CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadAll() => ReadAllAsync(CancellationToken.None);

    Task<bool> IMembershipTable.InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        InsertRowAsync(entry, tableVersion, CancellationToken.None);

    Task<bool> IMembershipTable.UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    Task IMembershipTable.UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    /// <summary>The entry with the ledger's time where this silo has stamped it. The other times came from the table.
    /// </summary>
    private MembershipEntry Dated(MembershipEntry entry, bool isNew)
    {
        var isOwn = entry.SiloAddress.Equals(local.SiloAddress);
        var offset = clock.Offset;
        return new MembershipEntry
        {
            SiloAddress = entry.SiloAddress,
            Status = entry.Status,
            SuspectTimes = entry.SuspectTimes?.ConvertAll(vote => vote.Item1.Equals(local.SiloAddress)
                ? Tuple.Create(vote.Item1, vote.Item2 + offset) : vote),
            ProxyPort = entry.ProxyPort,
            HostName = entry.HostName,
            SiloName = entry.SiloName,
            RoleName = entry.RoleName,
            UpdateZone = entry.UpdateZone,
            FaultZone = entry.FaultZone,
            StartTime = isOwn && isNew ? entry.StartTime + offset : entry.StartTime,
            IAmAliveTime = isOwn ? entry.IAmAliveTime + offset : entry.IAmAliveTime,
        };
    }
}
