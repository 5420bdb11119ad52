using Jobtree.Actors.Operations;
using Jobtree.Api.Auditing;
using Jobtree.Api.Requests;
using Jobtree.Api.Routes;

namespace Jobtree.Api.Access;

/// <summary>The operations of the fleet for each caller.</summary>
internal sealed class CallerAccess(IOperations operations, ManifestAccess manifests, Auditor auditor) : IDisposable
{
    /// <summary>The most exports at a time, since each reads the whole fleet.</summary>
    public const int ExportsMax = 2;

    private readonly SemaphoreSlim exports = new(ExportsMax);

    /// <summary>The operations as the sender of a request may use them.</summary>
    public CallerOperations For(ApiRequest request) => For(request.Caller, request.Note);

    /// <summary>The operations as a caller may use them.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="note">What the audit log is told of one call.</param>
    public CallerOperations For(Caller caller, AuditNote note) =>
        new(operations, manifests, auditor, exports, caller, note);

    public void Dispose() => exports.Dispose();
}
