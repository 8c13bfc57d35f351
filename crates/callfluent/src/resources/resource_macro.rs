//! One macro that turns the description of a resource's endpoints into its part of the catalog and
//! its Rust methods, so that names, paths and sentences stand once.

/// Defines a resource.
///
/// Each operation reads: summary and details, `CONSTANT = METHOD "path", name "resource.verb",
/// source, marks;`, its parameters (`location name: Type as "JSON name" [marks]`), its output with
/// a description, the place where the result can be seen later, its errors, the consequence of an
/// unknown outcome, an example, and the Rust method, whose body sends the request.
macro_rules! resource {
    (
        $(#[doc = $resource_documentation:literal])*
        pub struct $resource:ident = $resource_name:literal;
        $(
            $(#[doc = $documentation:literal])*
            $constant:ident = $method:ident $path:literal, name $name:tt, $source:ident($($section:tt)*)
                $(, $mark:ident($($mark_argument:expr),*))*;
            parameters {
                $(
                    $(#[doc = $parameter_documentation:literal])*
                    $location:ident $parameter:ident: $type:ty as $json_name:literal
                        [ $($step:ident($($argument:expr),*)),* ];
                )*
            }
            output $output:ty, $returns:literal;
            later $later:literal;
            errors { $( $error:ident: $when:literal; )* }
            $(unknown_outcome $unknown_outcome:literal;)?
            example { $($example:tt)* }
            async fn $function:ident($this:ident $(, $input:ident: $input_type:ty)* $(,)?) -> $result:ty $body:block
        )*
    ) => {
        $(#[doc = $resource_documentation])*
        #[derive(Debug, Clone, Copy)]
        pub struct $resource<'client> {
            client: &'client $crate::client::CallFluent,
        }

        $(
            pub(in crate::resources) static $constant: $crate::operation::Operation = $crate::operation::Operation::new(
                $name,
                $crate::operation::Method::$method,
                $path,
                $crate::operation::Documentation {
                    text: concat!($($documentation, "\n"),*),
                    returns: $returns,
                    later: $later,
                    errors: &[ $( $crate::operation::ErrorCase::new(stringify!($error), $when), )* ],
                    unknown_outcome: [ $(Some($unknown_outcome),)? None ][0],
                    example: stringify!($($example)*),
                },
            )
            .parameters(&[ $( $crate::operation::Parameter::new(
                $crate::operation::Location::$location,
                $crate::schema::Field::new(
                    $crate::schema::public_name!(stringify!($parameter)),
                    $json_name,
                    <$type as $crate::decode::HasKind>::KIND,
                    concat!($($parameter_documentation, "\n"),*),
                )$(.$step($($argument),*))*,
            ), )* ])
            .span(|| tracing::info_span!(target: "callfluent", concat!("callfluent.", $name)))
            .output::<$output>()
            .$source($($section)*)
            $(.$mark($($mark_argument),*))*;
        )*

        impl<'client> $resource<'client> {
            const OPERATIONS: &'static [&'static $crate::operation::Operation] = &[ $( &$constant, )* ];

            pub(crate) const RESOURCE: $crate::operation::Resource = $crate::operation::Resource::new(
                $resource_name,
                concat!($($resource_documentation, "\n"),*),
                Self::OPERATIONS,
            );

            pub(crate) fn new(client: &'client $crate::client::CallFluent) -> Self {
                Self { client }
            }

            #[allow(dead_code)] // Only some have bulk operations.
            pub(crate) fn client(self) -> &'client $crate::client::CallFluent {
                self.client
            }

            $(
                $(#[doc = $documentation])*
                #[doc = ""]
                #[doc = $crate::resources::method_docs::method_docs!($name)]
                pub async fn $function($this $(, $input: $input_type)*) -> $result $body
            )*
        }

        /// The same resource of the blocking client.
        #[cfg(feature = "blocking")]
        pub(crate) mod blocking {
            #[allow(unused_imports)] // Most resources have no pages.
            use $crate::resources::calls::blocking_pages::Page;

            #[allow(clippy::wildcard_imports)] // The types of the signatures.
            use super::*;

            $(#[doc = $resource_documentation])*
            #[derive(Debug, Clone, Copy)]
            pub struct $resource<'client> {
                client: &'client $crate::client::blocking::CallFluent,
            }

            impl<'client> $resource<'client> {
                pub(crate) fn new(client: &'client $crate::client::blocking::CallFluent) -> Self {
                    Self { client }
                }

                #[allow(dead_code)] // Only some have more methods than the catalog.
                pub(crate) fn async_resource(self) -> super::$resource<'client> {
                    super::$resource::new(self.client.async_client())
                }

                $(
                    $(#[doc = $documentation])*
                    #[doc = ""]
                    #[doc = $crate::resources::method_docs::blocking_docs!($name)]
                    pub fn $function($this $(, $input: $input_type)*) -> $result {
                        $crate::client::blocking::wait($this.async_resource().$function($($input),*)).map(Into::into)
                    }
                )*
            }
        }
    };
}
pub(crate) use resource;
