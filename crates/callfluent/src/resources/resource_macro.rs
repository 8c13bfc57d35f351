//! One macro that turns the description of a resource's endpoints into its part of the catalog and its Rust methods, so
//! that names, paths and sentences stand once.

/// Defines a resource.
///
/// Each operation reads: documentation, `CONSTANT = METHOD "path", name "resource.verb", source, marks`, its parameters
/// (`location name: Type as "wire" [marks]`), its output, and the Rust method, whose body makes the call.
macro_rules! resource {
    (
        $(#[doc = $resource_documentation:literal])*
        pub struct $resource:ident = $resource_name:literal;
        $(
            $(#[doc = $documentation:literal])*
            $(#[example = $example:literal])?
            $constant:ident = $method:ident $path:literal, name $name:literal, $source:ident $(($section:literal))?
                $(, $mark:ident($($mark_argument:expr),*))*;
            parameters {
                $(
                    $(#[doc = $parameter_documentation:literal])*
                    $location:ident $parameter:ident: $type:ty as $wire:literal
                        [ $($step:ident($($argument:expr),*)),* ];
                )*
            }
            output $output:ty;
            async fn $function:ident($($signature:tt)*) -> $result:ty $body:block
        )*
    ) => {
        $(#[doc = $resource_documentation])*
        #[derive(Debug, Clone, Copy)]
        pub struct $resource<'client> {
            client: &'client $crate::CallFluent,
        }

        $(
            static $constant: $crate::operation::Operation = $crate::operation::Operation::new(
                $name,
                $crate::operation::Method::$method,
                $path,
                concat!($($documentation, "\n"),*),
            )
            .parameters(&[ $( $crate::operation::Parameter::new(
                $crate::operation::Location::$location,
                $crate::schema::Field::new(
                    $crate::schema::public_name!(stringify!($parameter)),
                    $wire,
                    <$type as $crate::decode::Described>::KIND,
                    concat!($($parameter_documentation, "\n"),*),
                )$(.$step($($argument),*))*,
            ), )* ])
            .output::<$output>()
            .$source($($section)?)
            $(.$mark($($mark_argument),*))*;
        )*

        impl<'client> $resource<'client> {
            const OPERATIONS: &'static [&'static $crate::operation::Operation] = &[ $( &$constant, )* ];

            pub(crate) const RESOURCE: $crate::catalog::Resource = $crate::catalog::Resource::new(
                $resource_name,
                concat!($($resource_documentation, "\n"),*),
                Self::OPERATIONS,
            );

            pub(crate) fn new(client: &'client $crate::CallFluent) -> Self {
                Self { client }
            }

            $(
                $(#[doc = $documentation])*
                ///
                /// # Errors
                /// [`InvalidRequest`](crate::Error::InvalidRequest) before anything is sent where an argument is wrong;
                /// otherwise those of [`Error`](crate::Error).
                ///
                /// # Endpoint
                #[doc = concat!("`", stringify!($method), " ", $path, "`", $(" (", $section, ")",)? ".")]
                $(#[doc = $example])?
                pub async fn $function($($signature)*) -> $result $body
            )*
        }
    };
}
pub(crate) use resource;
