using Jobtree.Core.Model;

namespace Jobtree.Manifests;

/// <summary>A document of kind Budget.</summary>
/// <param name="Budget">The budget.</param>
public sealed record BudgetManifest(Budget Budget) : Manifest;
